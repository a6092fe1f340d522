/**
 * What the main entry points cost, exactly: whole transactions, on the same state every time.
 */
import type { ContractTransactionResponse } from "ethers";
import { signApplication } from "../../../node/sdk/validator-application.ts";
import { measureCertificateGas } from "../../../scripts/bench/certificate-gas.ts";
import { deployCUNP } from "../../helpers/cunp.ts";
import { connect } from "../../helpers/finality.ts";
import { authorityOf, deployRegistry } from "../../helpers/registry.ts";
import { expectSnapshot } from "../../helpers/snapshots.ts";
import { callOf, deploySystem, executeByCouncil } from "../../helpers/system.ts";

/** Gas of a transaction. */
async function gasOf(sending: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sending).wait();
  return Number(receipt!.gasUsed);
}

async function registryGas() {
  const { registry, target } = await deployRegistry(await connect());
  const { application, operatorSignature } = await signApplication(authorityOf(1), target);
  return {
    "ValidatorRegistry.register": await gasOf(registry.register(application, operatorSignature)),
    "ValidatorRegistry.admit": await gasOf(registry.admit(application.operator)),
  };
}

async function councilGas() {
  const system = await deploySystem(await connect());
  const { cunp, addresses } = system;
  const transfer = cunp.interface.encodeFunctionData("transfer", ["0x00000000000000000000000000000000000000aa", 1n]);
  const call = callOf(addresses.CUNP, transfer);
  return { "ValidatorCouncil.execute, 4 validators, 1 call": await gasOf(executeByCouncil(system, [call])) };
}

async function tokenGas() {
  const { cunp, signers } = await deployCUNP(await connect(), { native: true });
  const holder = cunp.connect(signers[1]!);
  const recipient = "0x00000000000000000000000000000000000000aa";
  return {
    "CUNP.transfer": await gasOf(holder.transfer(recipient, 10n)),
    "CUNP.wrap": await gasOf(holder.wrap({ value: 10n })),
    "CUNP.unwrap": await gasOf(holder.unwrap(10n)),
  };
}

async function certificateGas() {
  const entries = Object.entries(await measureCertificateGas());
  return Object.fromEntries(
    entries.map(([key, gas]) => [`FinalityVerifier.verify, ${key.split(".")[1]} validators, bare quorum`, gas]),
  );
}

/** Code that counts its own coverage costs more. */
const isInstrumented = process.argv.includes("--coverage");

describe("Gas", () => {
  it("of the main entry points is what it was, to the unit", async () => {
    const parts = [await registryGas(), await councilGas(), await tokenGas(), await certificateGas()];
    if (!isInstrumented) expectSnapshot("gas", Object.assign({}, ...parts));
  });
});
