/**
 * What a validator's registration costs: proofs of both keys, and apart from it what it stores.
 *
 * Owns: the measurement, from a trace of one real transaction. Called by: scripts/bench/economy.ts.
 */
import { signApplication } from "../../node/sdk/validator-application.ts";
import { authorityOf, setUpRegistry } from "../../test/helpers/registry.ts";

interface Trace {
  readonly structLogs: readonly { readonly op: string; readonly gasCost: number }[];
}

/** registerGas is the whole transaction without its SSTOREs; both parts add up to what the operator pays. */
export async function measureRegistrationGas(): Promise<{ registerGas: number; registerStorageGas: number }> {
  const { registry, target, ethers } = await setUpRegistry();
  const { application, operatorSignature } = await signApplication(authorityOf(1), target);
  const receipt = await (await registry.register(application, operatorSignature)).wait();
  const trace: Trace = await ethers.provider.send("debug_traceTransaction", [
    receipt!.hash,
    { disableMemory: true, disableStack: true, disableStorage: true },
  ]);
  const registerStorageGas = trace.structLogs
    .filter(({ op }) => op === "SSTORE")
    .reduce((sum, { gasCost }) => sum + gasCost, 0);
  return { registerGas: Number(receipt!.gasUsed) - registerStorageGas, registerStorageGas };
}
