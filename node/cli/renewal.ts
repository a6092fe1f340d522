/**
 * `cun renew-certificate`: a new node key and certificate, with the proof that the ValidatorRegistry asks for.
 *
 * Owns: what is printed. Does not own: making keys (app/keys.ts), the proof (sdk), sending it: the operator's account
 * may be kept elsewhere. Called by: main.ts. Whitepaper §2.3.
 */
import { readNodeFiles, readOperator, renewCertificate } from "../app/keys.ts";
import { callRpc } from "../sdk/json-rpc.ts";
import { proveCertificate } from "../sdk/validator-application.ts";

/** The chain is asked first: nothing is written when it cannot be reached. @throws CunError */
export async function showRenewal(options: { data: string; registry: string; rpc: string }): Promise<void> {
  const chainId = BigInt(await callRpc<string>(options.rpc, "eth_chainId", []));
  const operator = readOperator(options.data);
  const renewed = renewCertificate(options.data);
  const argument = proveCertificate(readNodeFiles(renewed), operator, { chainId, registry: options.registry });
  console.log(JSON.stringify({ ...renewed, operator, argument }, null, 2));
}
