/**
 * Rules that others can compute: base fee, randomness, addresses of system contracts, the genesis block.
 */
import { createBlockHeader } from "@ethereumjs/block";
import { expect } from "chai";
import { AbiCoder, getCreateAddress, id, keccak256, Transaction } from "ethers";
import { setHash } from "../../../node/crypto/set-hash.ts";
import { nextBaseFee, prevRandao } from "../../../node/execution/block-rules.ts";
import { createChainCommon } from "../../../node/execution/chain-common.ts";
import { genesisBlock } from "../../../node/execution/genesis-block.ts";
import { decodeHeader } from "../../../node/execution/header.ts";
import { SYSTEM_CONTRACTS } from "../../../node/execution/system-contracts.ts";
import { fromHex, toHex } from "../../../node/types/primitives.ts";
import { thrown } from "../../helpers/errors.ts";
import { CHAIN_ID, genesisOf } from "../../helpers/execution-chain.ts";

describe("rules of blocks", () => {
  it("has the base fee of the reference for empty, full and half-full parents", () => {
    const common = createChainCommon(CHAIN_ID);
    for (const gasLimit of [5_000_000n, 30_000_000n, 60_000_001n]) {
      for (const baseFeePerGas of [1n, 7n, 1_000_000_000n, 123_456_789_012n]) {
        for (const gasUsed of [0n, 1n, gasLimit / 2n - 1n, gasLimit / 2n, gasLimit / 2n + 1n, gasLimit]) {
          const header = createBlockHeader(
            { number: 1n, gasLimit, gasUsed, baseFeePerGas },
            { common, skipConsensusFormatValidation: true },
          );
          expect(nextBaseFee({ gasLimit, gasUsed, baseFeePerGas })).to.equal(header.calcNextBaseFee());
        }
      }
    }
  });

  it("derives prevRandao from parent and view as documented", () => {
    const parent = `0x${"5a".repeat(32)}`;
    const encoded = AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "bytes32", "uint64"],
      [id("CUN_PREV_RANDAO_V1"), parent, 77],
    );
    expect(toHex(prevRandao(fromHex(parent)!, 77))).to.equal(keccak256(encoded));
  });

  // The EIPs deploy each contract by a transaction with a made-up signature: sender and address follow from the code.
  const deployments = [
    ["60618060095f395ff3", "1b9b6eb1f0"],
    ["60538060095f395ff3", "aa12693182426612186309f02cfe8a80a0000"],
    [`7f${"ff".repeat(32)}5f556101f880602d5f395ff3`, "5feeb084551e4e03a3581e269bc2ea2f8d0008"],
    [`7f${"ff".repeat(32)}5f5561019e80602d5f395ff3`, "c0730f92dc275b663d377a7cbb141b6600052"],
  ] as const;
  for (const [index, { address, code }] of SYSTEM_CONTRACTS.entries()) {
    it(`has the code of the system contract at ${toHex(address)}`, () => {
      const [prefix, s] = deployments[index]!;
      const { from } = Transaction.from({
        type: 0,
        nonce: 0,
        gasLimit: 0x3d090,
        gasPrice: 0xe8d4a51000n,
        data: `0x${prefix}${toHex(code).slice(2)}`,
        signature: { r: `0x${"539".padStart(64, "0")}`, s: `0x${s.padStart(64, "0")}`, v: 27 },
      });
      expect(getCreateAddress({ from: from!, nonce: 0 }).toLowerCase()).to.equal(toHex(address));
    });
  }
});

describe("genesis block", () => {
  it("commits to the validator set in extraData and to everything else in its hash", () => {
    const genesis = genesisOf();
    const { header, hash } = genesisBlock(genesis).sealed;
    const [validator] = genesis.validators;
    const member = { publicKey: fromHex(validator!.blsPublicKey)!, weight: 1n };
    expect(toHex(header.extraData)).to.equal(setHash([member]));
    const changes = [
      { ...genesis, chainId: 2027 },
      { ...genesis, timestamp: genesis.timestamp + 1 },
      { ...genesis, gasLimit: genesis.gasLimit + 1 },
      { ...genesis, baseFeePerGas: "1" },
      { ...genesis, alloc: {} },
      { ...genesis, contracts: { directory: `0x${"12".repeat(20)}` as never } },
      { ...genesis, validators: [{ ...validator!, weight: "2" }] },
      { ...genesis, validators: [{ ...validator!, operator: `0x${"34".repeat(20)}` as never }] },
      { ...genesis, validators: [{ ...validator!, certificateFingerprint: `0x${"56".repeat(32)}` as never }] },
    ];
    const hashes = [hash, ...changes.map((changed) => genesisBlock(changed).sealed.hash)];
    expect(new Set(hashes).size).to.equal(hashes.length);
  });

  it("does not depend on the order of accounts, nor on local timing", () => {
    const genesis = genesisOf({ code: { [`0x${"ab".repeat(20)}`]: "0x00" } });
    const reversed = {
      ...genesis,
      alloc: Object.fromEntries(Object.entries(genesis.alloc).reverse()) as typeof genesis.alloc,
    };
    const slower = { ...genesis, timing: { ...genesis.timing, viewTimeoutMs: 9000 } };
    expect(genesisBlock(reversed).sealed.hash).to.equal(genesisBlock(genesis).sealed.hash);
    expect(genesisBlock(slower).sealed.hash).to.equal(genesisBlock(genesis).sealed.hash);
  });

  it("has a header that decodes to itself, and no other encoding of it", () => {
    const { encoded, header } = genesisBlock(genesisOf()).sealed;
    expect(decodeHeader(encoded).header).to.deep.equal(header);
    expect(thrown(() => decodeHeader(encoded.subarray(1))).errorName).to.equal("blockMalformed");
    expect(thrown(() => decodeHeader(Buffer.concat([encoded, Uint8Array.of(0)]))).errorName).to.equal("blockMalformed");
  });

  it("fills slots and leaves out those that are zero", () => {
    const address = `0x${"ab".repeat(20)}` as never;
    const genesis = genesisOf({ code: { [address]: "0x00" } });
    const withSlots = (storage: Record<string, string>) =>
      genesisBlock({ ...genesis, alloc: { ...genesis.alloc, [address]: { ...genesis.alloc[address]!, storage } } })
        .sealed.hash;
    const plain = genesisBlock(genesis).sealed.hash;
    expect(withSlots({ "0x01": "0x00" })).to.equal(plain);
    expect(withSlots({ "0x01": "0x05" })).to.not.equal(plain);
    expect(withSlots({ "0x01": "0x05" })).to.equal(
      withSlots({ [`0x${"1".padStart(64, "0")}`]: `0x${"5".padStart(64, "0")}` }),
    );
  });
});
