/**
 * What the main entry points cost, exactly: whole transactions, on the same state every time.
 */
import { type ContractTransactionResponse, id } from "ethers";
import { signApplication } from "../../../node/sdk/validator-application.ts";
import { measureCertificateGas } from "../../../scripts/bench/certificate-gas.ts";
import { measureCouncilGas } from "../../../scripts/bench/council-gas.ts";
import { deployCUNP } from "../../helpers/cunp.ts";
import { connect } from "../../helpers/finality.ts";
import { asOperator, authorityOf, deployRegistry, register, rotationFor } from "../../helpers/registry.ts";
import { expectSnapshot } from "../../helpers/snapshots.ts";
import { callOf, deploySystem, executeByCouncil } from "../../helpers/system.ts";

/** Gas of a transaction. */
async function gasOf(sending: Promise<ContractTransactionResponse>): Promise<number> {
  const receipt = await (await sending).wait();
  return Number(receipt!.gasUsed);
}

/** Validators in the set whose replacement by as many others is measured. */
const SET = 21;

async function registryGas() {
  const connection = await connect();
  const system = await deployRegistry(connection);
  const { registry, target, personhood } = system;
  const { application, operatorSignature } = await signApplication(authorityOf(1), target);
  await personhood.set(application.operator, id("person"));
  const gas = {
    "ValidatorRegistry.register": await gasOf(registry.register(application, operatorSignature)),
    "ValidatorRegistry.admit": await gasOf(registry.admit(application.operator)),
  };
  const own = await asOperator({ ...connection, ...system }, application.operator);
  const rotation = await rotationFor(system, authorityOf(2), application.operator);
  const operators: string[] = [];
  for (let index = 0; index < 2 * SET; index++) operators.push(await register(system, authorityOf(index + 10)));
  await registry.beginEpoch(operators.slice(0, SET));
  return {
    ...gas,
    "ValidatorRegistry.rotateKey": await gasOf(own.rotateKey(...rotation)),
    [`ValidatorRegistry.beginEpoch, ${SET} validators, all exchanged`]: await gasOf(
      registry.beginEpoch(operators.slice(SET)),
    ),
    [`ValidatorRegistry.beginEpoch, ${SET} validators, none exchanged`]: await gasOf(
      registry.beginEpoch(operators.slice(SET)),
    ),
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

async function unanimousGas() {
  const gas = await measureCouncilGas();
  const row = (size: number, what: string) => `ValidatorCouncil.execute, ${size} validators, ${what}`;
  return Object.fromEntries(
    [21, 84].flatMap((size) => [
      [row(size, "a call that writes nothing"), gas[`unanimousGas${size}`]],
      [row(size, "a parameter's proposal"), gas[`unanimousProposalGas${size}`]],
    ]),
  );
}

/** Code that counts its own coverage costs more. */
const isInstrumented = process.argv.includes("--coverage");

describe("Gas", () => {
  it("of the main entry points is what it was, to the unit", async function () {
    this.timeout(180_000); // councils and sets of 84 are built for it
    const parts = [
      await registryGas(),
      await councilGas(),
      await unanimousGas(),
      await tokenGas(),
      await certificateGas(),
    ];
    if (!isInstrumented) expectSnapshot("gas", Object.assign({}, ...parts));
  });
});
