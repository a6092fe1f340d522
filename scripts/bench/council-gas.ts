/**
 * What a batch costs that every validator approved: real transactions to ValidatorCouncil.execute.
 *
 * Owns: the measurement. `unanimousGas…` is a batch of one call that writes nothing, so all of it is the council's;
 * `unanimousProposalGas…` is the change of one parameter, writes included. Gas is exact, so one run each is enough.
 * Called by: scripts/bench, test/contracts.
 */
import { encodeBytes32String, ZeroAddress } from "ethers";
import { parameterKey } from "../../deploy/lib/parameter-table.ts";
import { aggregate, type CouncilSystem, deployCouncil } from "../../test/helpers/council.ts";
import { connect } from "../../test/helpers/finality.ts";
import { type Call, callOf, DEADLINE } from "../../test/helpers/system.ts";

const SIZES = [21, 84];

/** Gas of whole transactions by number of validators, and bytes of their calldata. */
export async function measureCouncilGas(): Promise<Record<string, number>> {
  const connection = await connect();
  const results: Record<string, number> = {};
  try {
    for (const size of SIZES) {
      const system = await deployCouncil(connection, size);
      const { parameters, change, directory, ethers } = system;
      // As in a network that has begun: the epoch is asked for.
      const epochs = await ethers.deployContract("EpochManagerMock");
      await directory.publish(encodeBytes32String("EpochManager"), await epochs.getAddress(), ZeroAddress);
      const read = parameters.interface.encodeFunctionData("valueOf", [parameterKey("epochSeconds")]);
      const reading = await send(system, callOf(await parameters.getAddress(), read));
      results[`unanimousGas${size}`] = reading.gas;
      results[`unanimousBytes${size}`] = reading.bytes;
      // The second batch, so that the nonce's first write is not counted as the parameter's.
      results[`unanimousProposalGas${size}`] = (await send(system, await change("epochSeconds", 3_600n))).gas;
    }
    return results;
  } finally {
    await connection.close();
  }
}

async function send(system: CouncilSystem, call: Call): Promise<{ readonly gas: number; readonly bytes: number }> {
  const signature = await aggregate(system, "approvalHash", [call]);
  const response = await system.council.execute([call], DEADLINE, 0, signature);
  const receipt = await response.wait();
  return { gas: Number(receipt!.gasUsed), bytes: (response.data.length - 2) / 2 };
}
