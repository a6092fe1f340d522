/**
 * What a finality certificate costs on chain: real transactions to FinalityVerifier.verify, bare quorum of signers.
 *
 * Owns: the measurement. Gas is exact, so one run each is enough. Called by: scripts/bench/main.ts.
 */
import { range, secretsOf } from "../../test/helpers/bls.ts";
import { certify, connect, deployVerifier, equalWeights } from "../../test/helpers/finality.ts";

/** Smallest number of equal validators that is strictly more than two thirds. */
const quorumOf = (validators: number): number => Math.floor((2 * validators) / 3) + 1;

const SIZES = [4, 21, 84];

/** Gas of the whole transaction, by number of validators: `certificateGas.21`. */
export async function measureCertificateGas(): Promise<Record<string, number>> {
  const connection = await connect();
  try {
    const [sender] = await connection.ethers.getSigners();
    const results: Record<string, number> = {};
    for (const size of SIZES) {
      const members = equalWeights(secretsOf(size));
      const verifier = await deployVerifier(connection, members);
      const certificate = await certify(verifier, members, range(quorumOf(size)));
      const data = verifier.interface.encodeFunctionData("verify", [certificate]);
      const response = await sender!.sendTransaction({ to: await verifier.getAddress(), data });
      const receipt = await response.wait();
      results[`certificateGas.${size}`] = Number(receipt!.gasUsed);
    }
    return results;
  } finally {
    await connection.close();
  }
}
