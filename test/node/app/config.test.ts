/** Files of an operator: what is wrong is said with the file's name. */
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readConfig, readGenesis } from "../../../node/app/config.ts";
import { identityIn, readConsensusKeys } from "../../../node/app/consensus-keys.ts";
import { createDevnet, validatorDirectory } from "../../../node/app/devnet.ts";
import { createKeys, ensureKeys, renewCertificate } from "../../../node/app/keys.ts";
import { blstBackend } from "../../../node/crypto/bls/blst.ts";
import type { SigningGuardPort } from "../../../node/ports/storage.ts";
import { type Address, asWeight, toHex, ZERO_ADDRESS, ZERO_HASH } from "../../../node/types/primitives.ts";
import { secretOf } from "../../helpers/bls.ts";
import { thrown } from "../../helpers/errors.ts";

describe("configuration", () => {
  const directory = mkdtempSync(join(tmpdir(), "cun-config-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("refuses with fileInvalid a file that is missing, no JSON, or of another shape", () => {
    expect(thrown(() => readConfig(directory)).errorName).to.equal("fileInvalid");
    writeFileSync(join(directory, "config.json"), "{");
    expect(thrown(() => readConfig(directory)).errorName).to.equal("fileInvalid");
    writeFileSync(
      join(directory, "config.json"),
      JSON.stringify({ rpc: { port: 70_000 }, p2p: { port: 1 }, peers: [] }),
    );
    expect(thrown(() => readConfig(directory)).message).to.match(/config\.json.*port/s);
    writeFileSync(
      join(directory, "config.json"),
      JSON.stringify({ rpc: { port: 1 }, p2p: { port: 2 }, peers: [], typo: 1 }),
    );
    expect(thrown(() => readConfig(directory)).message).to.contain("typo");
  });

  it("refuses with fileInvalid a genesis without validators", () => {
    const path = join(directory, "genesis.json");
    const genesis = {
      chainId: 1,
      timestamp: 0,
      gasLimit: 30_000_000,
      baseFeePerGas: "1",
      alloc: {},
      validators: [],
      timing: {},
    };
    writeFileSync(path, JSON.stringify(genesis));
    expect(thrown(() => readGenesis(path)).errorName).to.equal("fileInvalid");
  });

  it("makes keys that only their owner can read, once, and prints no secret", () => {
    const folder = join(directory, "validator");
    const entry = createKeys(folder);
    for (const file of ["bls.key", "operator.key", "node-key.pem"]) {
      expect(statSync(join(folder, file)).mode & 0o077, file).to.equal(0);
      expect(JSON.stringify(entry)).not.to.contain(readFileSync(join(folder, file), "utf8").trim());
    }
    const before = readFileSync(join(folder, "bls.key"), "utf8");
    expect(thrown(() => createKeys(folder)).errorName).to.equal("fileInvalid");
    expect(readFileSync(join(folder, "bls.key"), "utf8")).to.equal(before);
    expect(ensureKeys(folder), "asked again it prints the same entry").to.deep.equal(entry);
  });

  it("[VAL-5] finds a node in a set by whichever of its keys the set knows, and none of a node outside", () => {
    const folder = join(directory, "rotation");
    createKeys(folder);
    const [present] = readConsensusKeys(folder);
    writeFileSync(join(folder, "bls.new.key"), toHex(secretOf(9)));
    const secretKeys = readConsensusKeys(folder);
    expect(secretKeys).to.deep.equal([present, secretOf(9)]);
    const guard = {} as SigningGuardPort;
    const chain = { chainId: 1n, genesisHash: ZERO_HASH };
    const find = identityIn({ backend: blstBackend, guard, chain, secretKeys });
    const setOf = (...secrets: Uint8Array[]) =>
      secrets.map((secret) => ({
        operator: ZERO_ADDRESS,
        publicKey: blstBackend.publicKey(secret),
        weight: asWeight(1n),
      }));
    expect(find(setOf(secretOf(1), present!))?.index).to.equal(1);
    const rotated = find(setOf(secretOf(9), secretOf(1)));
    expect([rotated?.index, rotated?.signer.publicKey]).to.deep.equal([0, blstBackend.publicKey(secretOf(9))]);
    expect(find(setOf(secretOf(1), secretOf(2)))).to.equal(undefined);
  });

  it("refuses with fileInvalid a validator's folder without bls.key, or with one that is no key", () => {
    const folder = join(directory, "keyless");
    expect(thrown(() => readConsensusKeys(folder)).message).to.contain("there is no such file");
    createKeys(folder);
    writeFileSync(join(folder, "bls.new.key"), "0x12");
    expect(thrown(() => readConsensusKeys(folder)).errorName).to.equal("fileInvalid");
  });

  it("refuses with fileInvalid to make keys beside a few that are left", () => {
    const folder = join(directory, "partial");
    createKeys(folder);
    rmSync(join(folder, "operator.key"));
    expect(thrown(() => ensureKeys(folder)).errorName).to.equal("fileInvalid");
  });

  it("makes a renewed certificate beside the one in use, once", () => {
    const folder = join(directory, "renewal");
    const { certificateFingerprint } = createKeys(folder);
    const renewed = renewCertificate(folder);
    expect(renewed.certificateFingerprint).not.to.equal(certificateFingerprint);
    expect(statSync(renewed.privateKey).mode & 0o077).to.equal(0);
    expect(ensureKeys(folder).certificateFingerprint, "the old one stays in use").to.equal(certificateFingerprint);
    expect(thrown(() => renewCertificate(folder)).errorName).to.equal("fileInvalid");
    for (const name of ["cert", "key"])
      renameSync(join(folder, `node-${name}.new.pem`), join(folder, `node-${name}.pem`));
    expect(ensureKeys(folder).certificateFingerprint).to.equal(renewed.certificateFingerprint);
  });

  it("makes a network once and refuses with optionInvalid another number of validators for it", () => {
    const address = `0x${"11".repeat(20)}` as Address;
    const options = {
      directory: join(directory, "network"),
      validators: 2,
      rpcPort: 1000,
      p2pPort: 2000,
      contracts: (nativePrefund: bigint) => ({
        cunp: address,
        reserve: 10n ** 27n - nativePrefund,
        directory: address,
      }),
    };
    const genesis = createDevnet(options);
    const total = Object.values(genesis.alloc).reduce((sum, { balance }) => sum + BigInt(balance), 0n);
    expect(total, "[EMI-8] all native coin that exists is the cap").to.equal(10n ** 27n);
    expect(createDevnet(options)).to.deep.equal(genesis);
    expect(createDevnet({ ...options, rpcPort: 3000, p2pPort: 4000 }), "the same chain").to.deep.equal(genesis);
    const { rpc, p2p, peers } = readConfig(validatorDirectory(options.directory, 1));
    expect([rpc.port, p2p.port, peers[0]?.port], "on the ports of this start").to.deep.equal([3001, 4001, 4000]);
    const error = thrown(() => createDevnet({ ...options, validators: 3 }));
    expect(error.errorName).to.equal("optionInvalid");
    expect(error.details).to.have.property("option", "--validators 3");
  });
});
