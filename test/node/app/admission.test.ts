/** Who may connect follows the registry, the epoch and the candidates on chain, and never goes back. */
import { expect } from "chai";
import { Interface, id } from "ethers";
import { AdmissionTable } from "../../../node/app/admission.ts";
import type { BlockStorePort } from "../../../node/ports/chain.ts";
import type { EpochDescription } from "../../../node/ports/epochs.ts";
import type { ExecutedBlock, StatePort } from "../../../node/ports/execution.ts";
import type { Genesis } from "../../../node/types/genesis.ts";
import { type Address, asEpoch, asWeight, type PeerId, toHex } from "../../../node/types/primitives.ts";
import { settle } from "../../helpers/manual-clock.ts";

const operator = (number: number): Address => `0x${String(number).padStart(40, "0")}` as Address;
const certificate = (number: number): PeerId => `0x${String(number).padStart(64, "0")}` as PeerId;
const contract = (name: string): string => id(name).slice(0, 42);
const DIRECTORY = contract("ContractDirectory");
const VALID = 1;
const REVOKED = 3;

const abi = new Interface([
  "function addressOf(bytes32) view returns (address)",
  "function certificateStatus(bytes32) view returns (uint8, address)",
  "function activeValidators() view returns (tuple(address operator, bytes key, uint128 weight, bytes32 fingerprint)[])",
  "function validatorOf(address) view returns (tuple(uint8 state, uint16 commissionBps, uint64 registeredAt, uint48 commissionChangedAt, uint48 jailedUntil, bytes blsPublicKey, bytes32 peerKey, bytes32 certificateFingerprint, string metadataURI))",
  "function authorities() view returns (address[])",
  "function candidates() view returns (address[])",
  "function operatorsOf(uint64) view returns (address[])",
]);

/** What the contracts say after one block. */
interface Chain {
  readonly hasRegistry?: boolean;
  readonly active?: readonly number[];
  readonly authorities?: readonly number[];
  readonly candidates?: readonly number[];
  /** The set of the next epoch. */
  readonly next?: readonly number[];
  readonly revoked?: readonly number[];
}

const nameFrom = (word: string): string => Buffer.from(word.slice(2), "hex").toString().replaceAll("\0", "");
const numberOf = (text: unknown): number => Number(text);

/** Validators 1 and 2 stand in the genesis file; this node has configured peer 9. Calls on gated blocks wait. */
function setUp(chain: Chain, gate?: { readonly of: Chain; readonly open: Promise<void> }) {
  let now = chain;
  const chains = [chain];
  const call = async (header: Uint8Array, { data }: { data: Uint8Array }) => {
    const said = chains[header[0]!]!;
    if (gate && said === gate.of) await gate.open;
    const { name, inputs } = abi.getFunction(toHex(data.slice(0, 4)))!;
    const [argument] = inputs.length > 0 ? abi.decodeFunctionData(name, toHex(data)) : [];
    const found =
      said.hasRegistry === false ? `0x${"00".repeat(20)}` : contract(name === "addressOf" ? nameFrom(argument) : "");
    const seat = (number: number) => [operator(number), "0x", 1n, certificate(number)];
    const values = {
      addressOf: () => [found],
      certificateStatus: () => [
        said.revoked?.includes(numberOf(argument)) ? REVOKED : VALID,
        operator(numberOf(argument)),
      ],
      activeValidators: () => [(said.active ?? []).map(seat)],
      validatorOf: () => [[1, 0, 0, 0, 0, "0x", certificate(0), certificate(numberOf(argument)), ""]],
      authorities: () => [(said.authorities ?? []).map(operator)],
      candidates: () => [(said.candidates ?? []).map(operator)],
      operatorsOf: () => [(said.next ?? []).map(operator)],
    }[name]!();
    return { succeeded: true, output: Buffer.from(abi.encodeFunctionResult(name, values).slice(2), "hex") };
  };
  const store = {
    head: () => ({ hash: "0x" }),
    blockByHash: async () => ({ header: Uint8Array.of(chains.indexOf(now)) }),
  };
  const genesis = {
    validators: [1, 2].map((number) => ({ operator: operator(number), certificateFingerprint: certificate(number) })),
    contracts: { directory: DIRECTORY },
  };
  const table = new AdmissionTable({
    genesis: genesis as unknown as Genesis,
    peers: [certificate(9)],
    state: { call } as unknown as StatePort,
    store: store as unknown as BlockStorePort,
  });
  const append = (said: Chain) => {
    chains.push(said);
    now = said;
  };
  const admitted = (...numbers: number[]) =>
    numbers.map((number) => {
      const admission = table.admit(certificate(number));
      return admission.admitted ? (admission.index ?? "observes") : admission.reason;
    });
  return { table, append, admitted };
}

const epoch = (number: number, members: readonly number[]): EpochDescription => ({
  epoch: asEpoch(number),
  stage: "Origin",
  validators: members.map((member) => ({
    operator: operator(member),
    publicKey: new Uint8Array(48),
    weight: asWeight(1n),
  })),
});

describe("admission table", () => {
  it("[ADM-1] before there is a registry: the validators of the genesis file, and who is configured", async () => {
    const { table, admitted } = setUp({ hasRegistry: false });
    await table.refresh();
    expect(admitted(1, 2, 3, 9)).to.deep.equal([0, 1, "unknown", "observes"]);
  });

  it("[ADM-1] [VAL-8] then: this set, the next one, authorities and candidates; others only when configured", async () => {
    const { table, admitted } = setUp({ active: [1, 2], authorities: [3], candidates: [4], next: [5] });
    await table.refresh();
    expect(admitted(1, 2, 3, 4, 5, 6, 9)).to.deep.equal([
      0,
      1,
      "observes",
      "observes",
      "observes",
      "unknown",
      "observes",
    ]);
  });

  it("[VAL-5] at a boundary the indexes are those of the new set, at once, and who is neither goes", async () => {
    const { table, append, admitted } = setUp({ active: [1, 2], candidates: [3, 4] });
    await table.refresh();
    table.enterEpoch(epoch(1, [4, 2, 3]));
    expect(admitted(1, 2, 3, 4), "before the contracts are read again").to.deep.equal(["observes", 1, 2, 0]);
    append({ active: [4, 2, 3], candidates: [3, 4] });
    await table.refresh();
    expect(admitted(1, 2, 3, 4)).to.deep.equal(["unknown", 1, 2, 0]);
    expect(table.peerOf(operator(4))).to.equal(certificate(4));
  });

  it("[ADM-1] a revoked certificate is admitted to no purpose, be it a validator's or a configured one", async () => {
    const { table, admitted } = setUp({ active: [1, 2], candidates: [3], revoked: [2, 3, 9] });
    await table.refresh();
    expect(admitted(1, 2, 3, 9)).to.deep.equal([0, "revoked", "revoked", "revoked"]);
  });

  it("[ADM-1] a revoked node stays out although an older reading of the registry ends later", async () => {
    let release = () => {};
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first: Chain = { active: [1] };
    const { table, append, admitted } = setUp(first, { of: first, open });
    const older = table.refresh();
    await settle();
    append({ active: [1], revoked: [1] });
    const newer = table.refresh();
    await settle();
    release();
    await Promise.all([older, newer]);
    expect(admitted(1)).to.deep.equal(["revoked"]);
  });

  it("is touched by the registry and by a new candidate, not by everybody who stakes", async () => {
    const { table } = setUp({ active: [1, 2] });
    await table.refresh();
    const block = (address: string, topic: string) =>
      ({ receipts: [{ logs: [{ address, topics: [topic] }] }] }) as unknown as ExecutedBlock;
    expect(table.isTouchedBy(block(contract("ValidatorRegistry"), id("Anything()")))).to.equal(true);
    expect(table.isTouchedBy(block(contract("StakingPool"), id("CandidateListed(address)")))).to.equal(true);
    expect(table.isTouchedBy(block(contract("StakingPool"), id("Staked(address,address,uint256,uint256)")))).to.equal(
      false,
    );
    expect(table.isTouchedBy(block(contract("Other"), id("CandidateListed(address)")))).to.equal(false);
  });
});
