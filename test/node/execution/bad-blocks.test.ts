/**
 * Blocks that a faulty or malicious leader could propose: each is refused with the error that names the fault, and the
 * node goes on. Tests are named after what the attacker does.
 */
import { expect } from "chai";
import type { Wallet } from "ethers";
import { decodeBlock, encodeBlock } from "../../../node/execution/block-body.ts";
import { createEmbeddedExecution } from "../../../node/execution/embedded.ts";
import { encodeContext, type Header, sealHeader } from "../../../node/execution/header.ts";
import { orderedRoot } from "../../../node/execution/ordered-root.ts";
import { encodeList, encodeString } from "../../../node/execution/trie-node.ts";
import type { ExecutionPort } from "../../../node/ports/execution.ts";
import { MemoryKeyValue } from "../../../node/storage/memory-key-value.ts";
import type { CunError } from "../../../node/types/errors.ts";
import { MAX_PAYLOAD_BYTES } from "../../../node/types/limits.ts";
import { asEpoch, asView } from "../../../node/types/primitives.ts";
import { assemble } from "../../helpers/assembly.ts";
import { ANN, buildOn, CID, genesisOf, mine, ONE_GWEI, signed } from "../../helpers/execution-chain.ts";
import { highS } from "../../helpers/signatures.ts";

const BURNER = "0x00000000000000000000000000000000000d0002";

describe("blocks of a faulty leader", () => {
  let leader: ExecutionPort;
  let node: ExecutionPort;
  let payload: Uint8Array;

  beforeEach(async () => {
    const open = () =>
      createEmbeddedExecution({
        genesis: genesisOf({ code: { [BURNER]: assemble("INVALID") } }),
        keyValue: new MemoryKeyValue(),
      });
    [leader, node] = [await open(), await open()];
    const first = await mine(leader, [await signed(ANN, 0)]);
    await node.verify(first.payload);
    await node.setHead(first.hash);
    await leader.pool.submit([await signed(ANN, 1), await signed(CID, 0)]);
    payload = (await buildOn(leader)).payload;
  });
  afterEach(async () => {
    // Whatever was sent, the honest block is still valid.
    expect((await node.verify(payload)).status).to.equal("valid");
    await Promise.all([leader.close(), node.close()]);
  });

  async function fault(bytes: Uint8Array): Promise<CunError> {
    const verdict = await node.verify(bytes);
    if (verdict.status !== "invalid") throw new Error(`the block was expected to be invalid, not ${verdict.status}`);
    expect(verdict.error.action).to.equal("reject");
    return verdict.error;
  }

  function altered(change: Partial<Header>, transactions?: readonly Uint8Array[]): Uint8Array {
    const block = decodeBlock(payload);
    const body = transactions ?? block.transactions;
    const roots = transactions === undefined ? {} : { transactionsRoot: orderedRoot(body) };
    return encodeBlock(sealHeader({ ...block.sealed.header, ...roots, ...change }).encoded, body);
  }

  const malformed: Readonly<Record<string, (honest: Uint8Array) => Uint8Array>> = {
    "nothing at all": () => new Uint8Array(),
    noise: () => new Uint8Array(500).fill(0xab),
    "a truncated block": (honest) => honest.subarray(0, honest.length - 7),
    "a block with bytes after its end": (honest) => Buffer.concat([honest, Uint8Array.of(0)]),
    "a deep nest of lists": () => nest(20_000),
    "a header alone": (honest) => decodeBlock(honest).sealed.encoded,
    "a header of 20 fields": (honest) => {
      const { transactions } = decodeBlock(honest);
      return encodeBlock(encodeList(new Array(20).fill(Uint8Array.of(0x80))), transactions);
    },
    "a block with ommers": (honest) => withTail(honest, [encodeList([Uint8Array.of(0x80)]), encodeList([])]),
    "a block with withdrawals": (honest) => withTail(honest, [encodeList([]), encodeList([Uint8Array.of(0x80)])]),
    "a number with a leading zero": (honest) => {
      const position = Buffer.from(honest).indexOf(Buffer.from("8403938700", "hex"));
      expect(position).to.be.greaterThan(0);
      const bytes = Uint8Array.from(honest);
      bytes[position + 1] = 0;
      return bytes;
    },
  };
  for (const [what, make] of Object.entries(malformed)) {
    it(`rejects blockMalformed when the leader sends ${what}`, async () => {
      expect((await fault(make(payload))).errorName).to.equal("blockMalformed");
    });
  }

  it("rejects blockTooLarge when the leader sends more bytes than a payload may have", async () => {
    const error = await fault(new Uint8Array(MAX_PAYLOAD_BYTES + 1));
    expect(error.errorName).to.equal("blockTooLarge");
    expect(error.details).to.deep.equal({ bytes: MAX_PAYLOAD_BYTES + 1, limit: MAX_PAYLOAD_BYTES });
  });

  const context = (view: number, parentView: number, epoch = 0) =>
    encodeContext({ epoch: asEpoch(epoch), view: asView(view), parentView: asView(parentView) });
  const word = new Uint8Array(32).fill(3);
  const headers: readonly (readonly [what: string, field: string, change: Partial<Header>])[] = [
    ["goes back in time", "timestamp", { timestamp: 1n }],
    ["skips a height", "number", { number: 3n }],
    ["raises the gas limit", "gasLimit", { gasLimit: 60_000_001n }],
    ["lowers the base fee", "baseFeePerGas", { baseFeePerGas: 1n }],
    ["picks the randomness", "prevRandao", { prevRandao: word }],
    ["hides bytes in extraData", "extraData", { extraData: Uint8Array.of(1) }],
    ["claims work", "difficulty", { difficulty: 1n }],
    ["sets the nonce", "nonce", { nonce: new Uint8Array(8).fill(1) }],
    ["claims ommers", "ommersHash", { ommersHash: word }],
    ["claims withdrawals", "withdrawalsRoot", { withdrawalsRoot: word }],
    ["claims blob gas", "blobGasUsed", { blobGasUsed: 131_072n }],
    ["claims excess blob gas", "excessBlobGas", { excessBlobGas: 1n }],
    ["uses more gas than the limit", "gasUsed", { gasUsed: 60_000_001n }],
    ["writes something else where the context stands", "parentBeaconBlockRoot", { parentBeaconBlockRoot: word }],
    ["names another view for the parent", "parentView", { parentBeaconBlockRoot: context(2, 0) }],
    ["names a view that is not above the parent's", "view", { parentBeaconBlockRoot: context(1, 1) }],
  ];
  for (const [what, field, change] of headers) {
    it(`rejects blockFieldInvalid when the leader ${what}`, async () => {
      const error = await fault(altered(change));
      expect(error.errorName).to.equal("blockFieldInvalid");
      expect(error.details).to.include({ field });
    });
  }

  it("ignores a later epoch in the header only as far as consensus allows it", async () => {
    const verdict = await node.verify(altered({ parentBeaconBlockRoot: context(2, 1, 1) }));
    expect(verdict).to.have.nested.property("error.errorName", "blockResultInvalid");
  });

  const results: readonly (readonly [what: string, change: Partial<Header>])[] = [
    ["stateRoot", { stateRoot: word }],
    ["transactionsRoot", { transactionsRoot: word }],
    ["receiptsRoot", { receiptsRoot: word }],
    ["logsBloom", { logsBloom: new Uint8Array(256).fill(1) }],
    ["gasUsed", { gasUsed: 42_001n }],
    ["requestsHash", { requestsHash: word }],
  ];
  for (const [field, change] of results) {
    it(`rejects blockResultInvalid when the leader claims another ${field}`, async () => {
      const error = await fault(altered(change));
      expect(error.errorName).to.equal("blockResultInvalid");
      expect(error.details).to.include({ field });
    });
  }

  const signedBy = (wallet: Wallet, nonce: number, fields = {}) => signed(wallet, nonce, fields);
  const bodies: readonly (readonly [what: string, reason: RegExp, make: () => Promise<Uint8Array[]>])[] = [
    ["repeats a transaction", /nonce too low/, async () => [await signedBy(ANN, 1), await signedBy(ANN, 1)]],
    ["takes a transaction of the parent again", /nonce too low/, async () => [await signedBy(ANN, 0)]],
    ["leaves out a nonce", /nonce too high/, async () => [await signedBy(ANN, 2)]],
    [
      "takes a transaction that nobody can pay",
      /insufficient funds/,
      async () => [await signedBy(ANN, 1, { value: 10n ** 24n })],
    ],
    [
      "takes a fee below the base fee",
      /base fee/,
      async () => [await signedBy(ANN, 1, { maxFeePerGas: 5n, maxPriorityFeePerGas: 5n })],
    ],
    ["takes a transaction of another chain", /chain id/, async () => [await signedBy(ANN, 1, { chainId: 1 })]],
    ["takes too little gas for the data", /intrinsic gas/, async () => [await signedBy(ANN, 1, { data: "0x11" })]],
    [
      "takes a transaction above the gas cap",
      /gas limit too high/,
      async () => [await signedBy(ANN, 1, { gasLimit: 16_777_217n })],
    ],
    ["mirrors a signature", /invalid sender/, async () => [highS(await signedBy(ANN, 1))]],
    ["puts in a blob transaction", /not supported/, async () => [Uint8Array.of(3, 0xc0)]],
    ["puts in a transaction of an unknown type", /not supported/, async () => [Uint8Array.of(0x55, 0xc0)]],
    ["puts in noise", /cannot be decoded/, async () => [Uint8Array.of(2, 0xc3, 1, 2, 3)]],
    ["puts in an empty transaction", /not supported/, async () => [new Uint8Array()]],
    [
      "fills more gas than the block has",
      /exceeds block gas limit/,
      async () => Promise.all([1, 2, 3, 4].map((nonce) => signedBy(ANN, nonce, { to: BURNER, gasLimit: 16_000_000n }))),
    ],
  ];
  for (const [what, reason, make] of bodies) {
    it(`rejects blockTransactionInvalid when the leader ${what}`, async () => {
      const error = await fault(altered({}, await make()));
      expect(error.errorName).to.equal("blockTransactionInvalid");
      expect(String((error.details as { reason: string }).reason)).to.match(reason);
    });
  }

  it("rejects a known header with another body, before and after the true one", async () => {
    const { sealed, transactions } = decodeBlock(payload);
    const swapped = encodeBlock(sealed.encoded, [...transactions].reverse());
    expect((await fault(swapped)).details).to.include({ field: "transactionsRoot" });
    expect((await node.verify(payload)).status).to.equal("valid");
    expect((await fault(swapped)).details).to.include({ field: "transactionsRoot" });
    const [first, second] = await Promise.all([node.verify(swapped), node.verify(payload)]);
    expect([first.status, second.status]).to.deep.equal(["invalid", "valid"]);
  });

  it("rejects a legacy transaction that is disguised as a typed one", async () => {
    const legacy = await signed(ANN, 1, { type: 0, gasPrice: 9n * ONE_GWEI });
    const { sealed } = decodeBlock(payload);
    const bytes = encodeList([sealed.encoded, encodeList([encodeString(legacy)]), encodeList([]), encodeList([])]);
    expect((await fault(bytes)).errorName).to.equal("blockMalformed");
  });

  it("throws instead of a verdict when the fault is the disk's", async () => {
    const genesis = genesisOf();
    const disk = new MemoryKeyValue();
    const first = await createEmbeddedExecution({ genesis, keyValue: disk });
    const other = await createEmbeddedExecution({ genesis, keyValue: new MemoryKeyValue() });
    const block = await mine(first, [await signed(ANN, 0)]);
    await other.verify(block.payload);
    await other.setHead(block.hash);
    const emptied = new MemoryKeyValue();
    for await (const [key, value] of disk.entries({})) {
      if (key[0] === 0x6d) await emptied.write([{ type: "put", key, value }], { durable: false });
    }
    const damaged = await createEmbeddedExecution({ genesis, keyValue: emptied });
    const next = await mine(other, [await signed(ANN, 1)]);
    let thrown: unknown;
    await damaged.verify(next.payload).catch((error: unknown) => {
      thrown = error;
    });
    expect(thrown).to.have.property("errorName", "stateMissing");
  });
});

function nest(depth: number): Uint8Array {
  let bytes: Uint8Array = Uint8Array.of(0xc0);
  const parts: Uint8Array[] = [];
  let length = 1;
  for (let level = 0; level < depth; level++) {
    const head =
      length < 56 ? Uint8Array.of(0xc0 + length) : Buffer.from(`f9${length.toString(16).padStart(4, "0")}`, "hex");
    parts.unshift(head);
    length += head.length;
    if (length > 60_000) break;
  }
  bytes = Buffer.concat([...parts, bytes]);
  return bytes;
}

function withTail(honest: Uint8Array, tail: Uint8Array[]): Uint8Array {
  const { sealed, transactions } = decodeBlock(honest);
  return encodeList([sealed.encoded, encodeList(transactions.map(encodeString)), ...tail]);
}
