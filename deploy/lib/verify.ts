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
import { publishedAddress } from "./directory.ts";
import type { Environment } from "./environment.ts";
import { roleHolders } from "./role-holders.ts";

/** Figure 6, in wei: what Origin starts with. */
const GENESIS_EMISSION = 19_290_000n * 10n ** 18n;
const ORIGIN = 0n;

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
  const verifier = environment.contract("FinalityVerifier");
  const { chainId, genesisHash, genesisSetHash } = environment.chain;
  expectSame("FinalityVerifier.CHAIN_ID", (await environment.read(verifier, "CHAIN_ID"))[0], chainId);
  expectSame("FinalityVerifier.GENESIS_HASH", (await environment.read(verifier, "GENESIS_HASH"))[0], genesisHash);
  if (!genesisSetHash) return;
  const [setHash] = await environment.read(verifier, "setHashOf", [0n]);
  expectSame("FinalityVerifier.setHashOf(0)", setHash, genesisSetHash);
}

/** No externally owned account holds any role; right after the hand-over the holders are exactly the planned ones. */
async function verifyRoles(environment: Environment): Promise<void> {
  const holders = await roleHolders(environment);
  for (const { role, account, isContract } of holders) {
    expectSame(`role ${role} of ${account}, held by a contract`, isContract, true);
  }
  if (environment.governed) return;
  const { governanceDelaySeconds } = environment.config.parameters;
  const council = environment.contract("ValidatorCouncil").address;
  const planned = roles
    .filter((role) => role.holder)
    .map((role) => `${role.id}:${environment.contract(role.holder!).address}:0`);
  const expected = [`${ADMIN_ROLE}:${council}:${governanceDelaySeconds}`, ...planned];
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
  const [held] = await environment.read(cunp, "balanceOf", [council]);
  expectSame("CUNP held by the council", held, GENESIS_EMISSION - environment.config.nativePrefund);

  const registry = environment.contract("ValidatorRegistry");
  const [seats] = await environment.read(registry, "seats");
  expectSame("ValidatorRegistry.seats", seats, environment.config.parameters.originSeats);
  const [set] = await environment.read(registry, "activeValidators");
  const [setHash] = await environment.read(environment.contract("FinalityVerifier"), "setHashOf", [0n]);
  expectSame("hash of the registry's validator set", setHashOf(set), setHash);
  const [stage] = await environment.read(environment.contract("StageManager"), "stage");
  expectSame("StageManager.stage", stage, ORIGIN);

  for (const [name, address] of Object.entries(environment.addresses()) as [ContractName, string][]) {
    expectSame(`directory entry ${name}`, await publishedAddress(environment, name), address);
  }
}
