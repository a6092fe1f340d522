/** Who may connect follows the registry on chain, and never goes back to what it said before. */
import { expect } from "chai";
import { Interface } from "ethers";
import { AdmissionTable } from "../../../node/app/admission.ts";
import type { BlockStorePort } from "../../../node/ports/chain.ts";
import type { StatePort } from "../../../node/ports/execution.ts";
import type { Genesis } from "../../../node/types/genesis.ts";
import { type PeerId, toHex } from "../../../node/types/primitives.ts";
import { settle } from "../../helpers/manual-clock.ts";

const FINGERPRINT = `0x${"01".repeat(32)}` as PeerId;
const OPERATOR = `0x${"aa".repeat(20)}`;
const CONTRACT = `0x${"cc".repeat(20)}`;
const VALID = 1;
const REVOKED = 3;

const abi = new Interface([
  "function addressOf(bytes32) view returns (address)",
  "function certificateStatus(bytes32) view returns (uint8, address)",
  "function activeValidators() view returns (tuple(address operator, bytes key, uint128 weight, bytes32 fingerprint)[])",
  "function stage() view returns (uint8)",
]);

/** A chain of two blocks: in the second the certificate is revoked. Calls on the first are answered when released. */
function setUp() {
  let height = 1;
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const call = async (header: Uint8Array, { data }: { data: Uint8Array }) => {
    if (header[0] === 1) await gate;
    const { name } = abi.getFunction(toHex(data.slice(0, 4)))!;
    const values = {
      addressOf: [CONTRACT],
      certificateStatus: [header[0] === 1 ? VALID : REVOKED, OPERATOR],
      activeValidators: [[]],
      stage: [0],
    }[name]!;
    return { succeeded: true, output: Buffer.from(abi.encodeFunctionResult(name, values).slice(2), "hex") };
  };
  const store = { head: () => ({ hash: "0x" }), blockByHash: async () => ({ header: Uint8Array.of(height) }) };
  const genesis = {
    validators: [{ operator: OPERATOR, certificateFingerprint: FINGERPRINT }],
    contracts: { directory: CONTRACT },
  };
  const table = new AdmissionTable({
    genesis: genesis as unknown as Genesis,
    state: { call } as unknown as StatePort,
    store: store as unknown as BlockStorePort,
  });
  const append = () => {
    height++;
  };
  return { table, append, release };
}

describe("admission table", () => {
  it("a revoked node stays out although an older reading of the registry ends later", async () => {
    const { table, append, release } = setUp();
    const older = table.refresh();
    await settle();
    append();
    const newer = table.refresh();
    await settle();
    release();
    await Promise.all([older, newer]);
    expect(table.admit(FINGERPRINT)).to.deep.equal({ admitted: false, reason: "revoked" });
  });
});
