/**
 * Reads the deployed system back from the chain and compares it with what was configured.
 *
 * Owns: the checks after the hand-over. Throws deployMismatch with both values. Does not own: mending.
 * Called by: deploy/90-handover.ts, at every run. What governance may change later is compared only by the run that
 * handed over; what nobody may change is compared always.
 */
import { CunError } from "../../node/types/errors.ts";
import { ADMIN_ROLE, roles } from "../config/roles.ts";
import { writersOf } from "./access-matrix.ts";
import type { ContractName } from "./artifacts.ts";
import { NATIVE_TOTAL, setHashOf } from "./blueprint.ts";
import { directoryName, publishedAddress } from "./directory.ts";
import type { Environment } from "./environment.ts";
import { definitions, initialValues, orderRules } from "./parameter-table.ts";
import { powersHeldByEoas } from "./powers.ts";
import { roleHolders } from "./role-holders.ts";

/** Figure 6, in wei: what Origin starts with. */
const GENESIS_EMISSION = 19_290_000n * 10n ** 18n;
/** Of these, the coins of the nodes. */
const GENESIS_NODES = 110_000n * 10n ** 18n;
const ORIGIN = 0n;
/** The five contributors of figure 6 (contracts/types/Bucket.sol). */
const BUCKET_NUMBERS = [0, 1, 2, 3, 4];
/** type(uint48).max: how the ParameterRegistry says "no change is known". */
const NEVER = 2n ** 48n - 1n;

function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (String(actual).toLowerCase() === String(expected).toLowerCase()) return;
  throw new CunError("deployMismatch", { what, actual: String(actual), expected: String(expected) });
}

/** @throws CunError deployMismatch */
export async function verifySystem(environment: Environment): Promise<void> {
  await verifyCode(environment);
  await verifyForever(environment);
  await verifyRoles(environment);
  if (environment.governed) return;
  await verifyAccess(environment);
  await verifyStart(environment);
  await verifyParameters(environment);
}

async function verifyCode(environment: Environment): Promise<void> {
  for (const [name, address] of Object.entries(environment.addresses())) {
    expectSame(`code at ${name}`, await environment.hasCode(address), true);
  }
}

/** Facts that no governance can change. */
async function verifyForever(environment: Environment): Promise<void> {
  const cunp = environment.contract("CUNP");
  const [cap] = await environment.read(cunp, "CAP");
  expectSame("CUNP.CAP", cap, NATIVE_TOTAL);
  const [native] = await environment.read(cunp, "NATIVE");
  expectSame("CUNP.NATIVE", native, environment.config.native);
  await verifyEmission(environment);
  const verifier = environment.contract("FinalityVerifier");
  const { chainId, genesisHash, genesisSetHash } = environment.chain;
  expectSame("FinalityVerifier.CHAIN_ID", (await environment.read(verifier, "CHAIN_ID"))[0], chainId);
  expectSame("FinalityVerifier.GENESIS_HASH", (await environment.read(verifier, "GENESIS_HASH"))[0], genesisHash);
  if (!genesisSetHash) return;
  const [setHash] = await environment.read(verifier, "setHashOf", [0n]);
  expectSame("FinalityVerifier.setHashOf(0)", setHash, genesisSetHash);
}

/** What emits is bound to this coin, and what earns from it to this emission, for ever. */
async function verifyEmission(environment: Environment): Promise<void> {
  const cunp = environment.contract("CUNP").address;
  const council = environment.contract("ValidatorCouncil").address;
  const emission = environment.contract("EmissionController");
  expectSame("EmissionController.CUNP", (await environment.read(emission, "CUNP"))[0], cunp);
  for (const account of ["ECO_FUND_ACCOUNT", "TEAM_ACCOUNT"]) {
    expectSame(`EmissionController.${account}`, (await environment.read(emission, account))[0], council);
  }
  const caps = await Promise.all(BUCKET_NUMBERS.map((bucket) => environment.read(emission, "capOf", [bucket])));
  expectSame(
    "sum of EmissionController.capOf",
    caps.map(([cap]) => cap as bigint).reduce((a, b) => a + b),
    NATIVE_TOTAL,
  );
  const business = environment.contract("BusinessContributions");
  expectSame("BusinessContributions.EMISSION", (await environment.read(business, "EMISSION"))[0], emission.address);
  expectSame(
    "BusinessContributions.NATIVE",
    (await environment.read(business, "NATIVE"))[0],
    environment.config.native,
  );
}

/** No externally owned account holds any role; right after the hand-over the holders are exactly the planned ones. */
async function verifyRoles(environment: Environment): Promise<void> {
  for (const { power, account } of await powersHeldByEoas(environment)) {
    expectSame(`${power} of ${account}, held by an account without code`, account, "no such account");
  }
  if (environment.governed) return;
  const holders = await roleHolders(environment);
  const { governanceDelaySeconds } = environment.config;
  const council = environment.contract("ValidatorCouncil").address;
  const planned = roles
    .filter((role) => role.holder)
    .map((role) => `${role.id}:${environment.contract(role.holder!).address}:0`);
  // A role has a row for each of its contracts.
  const expected = [`${ADMIN_ROLE}:${council}:${governanceDelaySeconds}`, ...new Set(planned)];
  const actual = holders.map(({ role, account, delaySeconds }) => `${role}:${account}:${delaySeconds}`);
  expectSame("role holders", actual.sort().join(" "), expected.sort().join(" "));
}

/** Each function demands the planned role, and nothing lets anybody past it, now or later. */
async function verifyAccess(environment: Environment): Promise<void> {
  const access = environment.contract("AccessManager");
  const ask = async (method: string, ...values: unknown[]): Promise<unknown> =>
    (await environment.read(access, method, values))[0];
  for (const { id, label } of roles) {
    expectSame(`administrator of role ${label}`, await ask("getRoleAdmin", id), ADMIN_ROLE);
    expectSame(`guardian of role ${label}`, await ask("getRoleGuardian", id), ADMIN_ROLE);
  }
  for (const name of Object.keys(environment.addresses()) as ContractName[]) {
    const contract = environment.contract(name);
    const { interface: abi } = environment.options.artifacts(name);
    if (!abi.getFunction("authority")) continue;
    expectSame(`authority of ${name}`, (await environment.read(contract, "authority"))[0], access.address);
    expectSame(`${name} is closed`, await ask("isTargetClosed", contract.address), false);
    const demanded = await Promise.all(
      writersOf(abi).map(async (writer) => ({
        writer,
        role: await ask("getTargetFunctionRole", contract.address, writer.selector),
      })),
    );
    for (const { writer, role } of demanded) {
      const planned = roles.find(({ target, functions }) => target === name && functions.includes(writer.name));
      expectSame(`role for ${name}.${writer.name}`, role, planned?.id ?? ADMIN_ROLE);
    }
    if (!abi.getFunction("implementation")) continue;
    const [implementation] = await environment.read(contract, "implementation");
    expectSame(`code behind ${name}`, implementation, environment.implementationOf(name));
  }
}

/** The state that the network starts with. */
async function verifyStart(environment: Environment): Promise<void> {
  const cunp = environment.contract("CUNP");
  const council = environment.contract("ValidatorCouncil").address;
  const [emitted] = await environment.read(cunp, "emitted");
  expectSame("CUNP.emitted", emitted, GENESIS_EMISSION);
  const emission = environment.contract("EmissionController");
  const generated = await Promise.all(
    BUCKET_NUMBERS.map((bucket) => environment.read(emission, "generatedOf", [bucket])),
  );
  expectSame(
    "sum of EmissionController.generatedOf",
    generated.map(([part]) => part as bigint).reduce((a, b) => a + b),
    emitted,
  );
  const [held] = await environment.read(cunp, "balanceOf", [council]);
  expectSame("CUNP held by the council", held, GENESIS_EMISSION - GENESIS_NODES - environment.config.nativePrefund);
  await verifyStakes(environment);

  const registry = environment.contract("ValidatorRegistry");
  const [set] = await environment.read(registry, "activeValidators");
  const verifier = environment.contract("FinalityVerifier");
  await verifyNewestSet(environment);
  const [setHash] = await environment.read(verifier, "setHashOf", [0n]);
  expectSame("hash of the registry's validator set", setHashOf(set), setHash);
  const [stage] = await environment.read(environment.contract("StageManager"), "stage");
  expectSame("StageManager.stage", stage, ORIGIN);

  // Contracts find each other by these names: one too many would be obeyed.
  const planned = Object.keys(environment.addresses()) as ContractName[];
  const [published] = await environment.read(environment.contract("ContractDirectory"), "names");
  expectSame("names in the directory", [...published].sort(), planned.map(directoryName).sort());
  for (const [name, address] of Object.entries(environment.addresses()) as [ContractName, string][]) {
    expectSame(`directory entry ${name}`, await publishedAddress(environment, name), address);
  }
}

/** The clock runs, so the next set may stand already; but only if the election stored it. */
async function verifyNewestSet(environment: Environment): Promise<void> {
  const newestEpoch = async () => (await environment.read(environment.contract("FinalityVerifier"), "newestEpoch"))[0];
  const before = await newestEpoch();
  const [next, , , isStored] = await environment.read(environment.contract("ValidatorElection"), "progress");
  const expected = isStored ? next : next - 1n;
  // Stored between the two answers: asked again.
  const actual = before === expected ? before : await newestEpoch();
  expectSame("FinalityVerifier.newestEpoch", actual, expected);
}

/** Every authority has its self-stake from the coins of the nodes, is a person, and the clock runs. */
async function verifyStakes(environment: Environment): Promise<void> {
  const ask = async (name: ContractName, method: string, ...values: unknown[]) =>
    (await environment.read(environment.contract(name), method, values))[0];
  const { authorityStake } = environment.config.parameters;
  const authorities: string[] = await ask("ValidatorRegistry", "authorities");
  for (const operator of authorities) {
    expectSame(
      `self-stake of authority ${operator}`,
      await ask("StakingPool", "selfStakeOf", operator),
      authorityStake,
    );
    const person = await ask("PersonhoodList", "personOf", operator);
    expectSame(
      `operator of the person behind ${operator}`,
      await ask("ValidatorRegistry", "authorityOf", person),
      operator,
    );
  }
  const fund = environment.contract("NodesFund").address;
  const rest = GENESIS_NODES - BigInt(authorities.length) * authorityStake;
  expectSame("CUNP held by the NodesFund", await ask("CUNP", "balanceOf", fund), rest);
  expectSame("EpochManager has started", (await ask("EpochManager", "startedAt")) > 0n, true);
}

/** Definitions, orders and values on chain are those of the table, each with nothing before it and nothing pending. */
async function verifyParameters(environment: Environment): Promise<void> {
  const registry = environment.contract("ParameterRegistry");
  const ask = async (method: string, ...values: unknown[]): Promise<unknown> =>
    (await environment.read(registry, method, values))[0];
  const table = definitions();
  const names = table.map(({ name }) => name);
  expectSame("names of parameters", await ask("names"), names);
  const stored = await Promise.all(names.map((name) => ask("definitionOf", name)));
  for (const [index, definition] of table.entries()) {
    expectSame(`definition of ${definition.text}`, stored[index], Object.values(definition).slice(1));
  }
  const rules = orderRules().map(({ lower, higher, gap }) => [lower, higher, gap]);
  expectSame("orders of parameters", await ask("orders"), rules);
  // The values since ever, and that none has changed or will: whoever could change parameters until now could have
  // left something behind that takes effect later.
  const [values, until] = await environment.read(registry, "valuesAt", [names, 0n]);
  expectSame("values of parameters", values, initialValues(environment.config.parameters));
  expectSame("time of the first change of a parameter", until, NEVER);
}
