/**
 * Storage of the upgradeable contracts and interfaces of all: what an upgrade must not move unnoticed.
 *
 * Fields may be appended to a namespace; anything else breaks the state of a running network [VAL-9].
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { AbiCoder, Interface, id, keccak256, toBeHex } from "ethers";
import { expectSnapshot } from "../../helpers/snapshots.ts";
import { artifacts } from "../../helpers/system.ts";

const root = join(import.meta.dirname, "../../..");
/** Name, source, and the source of its storage. */
const UPGRADEABLE = [
  ["ParameterRegistry", "contracts/parameters/ParameterRegistry.sol", "contracts/parameters/ParameterRegistry.sol"],
  ["ValidatorRegistry", "contracts/validators/ValidatorRegistry.sol", "contracts/validators/ValidatorStates.sol"],
  ["StakingPool", "contracts/staking/StakingPool.sol", "contracts/staking/StakingStorage.sol"],
  ["StageManager", "contracts/governance/StageManager.sol", "contracts/governance/StageManager.sol"],
  ["ValidatorElection", "contracts/consensus/ValidatorElection.sol", "contracts/consensus/ValidatorElection.sol"],
  ["EpochManager", "contracts/consensus/EpochManager.sol", "contracts/consensus/EpochManager.sol"],
] as const;
const CONTRACTS = [
  ...["ContractDirectory", "ValidatorCouncil", "NodesFund", "CUNP", "ParameterRegistry", "EmissionController"],
  ...["BusinessContributions", "RewardVault", "PersonhoodList", "ValidatorRegistry", "StakingPool", "StageManager"],
  ...["ValidatorElection", "EpochManager", "FinalityVerifier"],
] as const;

interface Variable {
  readonly label: string;
  readonly slot: string;
  readonly offset: number;
  readonly type: string;
}

interface Type {
  readonly label: string;
  readonly numberOfBytes: string;
  readonly members?: readonly Variable[];
  readonly base?: string;
  readonly value?: string;
}

interface Layout {
  readonly storage: readonly Variable[];
  readonly types: Readonly<Record<string, Type>> | null;
}

/** What the compiler says of a contract's storage. */
function layoutOf(name: string, source: string): Layout {
  const read = (path: string) => JSON.parse(readFileSync(join(root, "artifacts", path), "utf8"));
  const { buildInfoId } = read(`${source}/${name}.json`) as { buildInfoId: string };
  const { output } = read(`build-info/${buildInfoId}.output.json`) as {
    output: { contracts: Record<string, Record<string, { storageLayout: Layout }>> };
  };
  return output.contracts[`project/${source}`]![name]!.storageLayout;
}

/** What can be called; of contracts that `deploy` does not know yet as well. */
function interfaceOf(name: (typeof CONTRACTS)[number]): Interface {
  if (name !== "ValidatorElection" && name !== "EpochManager") return artifacts(name).interface;
  const path = join(root, `artifacts/contracts/consensus/${name}.sol/${name}.json`);
  return new Interface(JSON.parse(readFileSync(path, "utf8")).abi);
}

/** Fields with the structures they are made of, without the compiler's running numbers. */
function describeFields(fields: readonly Variable[], types: Readonly<Record<string, Type>>): unknown[] {
  return fields.map(({ label, slot, offset, type }) => {
    const { label: name, numberOfBytes, members, base, value } = types[type]!;
    const inner = members ?? types[value ?? base ?? ""]?.members;
    const fact = { field: label, slot: Number(slot), offset, type: name, bytes: Number(numberOfBytes) };
    return inner ? { ...fact, members: describeFields(inner, types) } : fact;
  });
}

const namespaces = (() => {
  const { storage, types } = layoutOf("StorageLayouts", "contracts/mocks/StorageLayouts.sol");
  return storage.map(({ label, type }) => ({
    namespace: label.replaceAll("_", "."),
    fields: describeFields(types![type]!.members!, types!),
  }));
})();

describe("Storage layout", () => {
  for (const { namespace, fields } of namespaces) {
    it(`[VAL-9] ${namespace} is where it was`, () => expectSnapshot(`layout/${namespace}`, fields));
  }

  for (const [name, source, storage] of UPGRADEABLE) {
    it(`[VAL-9] ${name} keeps everything in namespaces, at the slot that ERC-7201 gives`, () => {
      expect(layoutOf(name, source).storage).to.deep.equal([]);
      const text = readFileSync(join(root, storage), "utf8");
      const declared = [...text.matchAll(/@custom:storage-location erc7201:([\w.]+)/g)].map((match) => match[1]!);
      expect(declared).to.deep.equal([`coopunion.storage.${name}`]);
      expect(namespaces.map(({ namespace }) => namespace)).to.include(declared[0]);
      const encoded = AbiCoder.defaultAbiCoder().encode(["uint256"], [BigInt(id(declared[0]!)) - 1n]);
      const slot = toBeHex(BigInt(keccak256(encoded)) & ~0xffn, 32);
      expect(text).to.match(new RegExp(`bytes32 private constant (STORAGE|SLOT) = ${slot};`));
    });
  }

  it("[VAL-9] every upgradeable contract is watched", () => {
    const upgradeable = CONTRACTS.filter((name) => interfaceOf(name).getFunction("upgradeToAndCall"));
    expect(upgradeable).to.deep.equal(UPGRADEABLE.map(([name]) => name));
  });
});

describe("Interfaces", () => {
  for (const name of CONTRACTS) {
    it(`of ${name} are what they were`, () => {
      const lines = interfaceOf(name).fragments.map((fragment) => fragment.format("full"));
      expectSnapshot(`abi/${name}`, lines.sort());
    });
  }
});
