/**
 * `cun status` and `cun certificate`: what a node says of itself and of a block.
 *
 * Owns: how the answers look. Does not own: the calls (node/sdk). Called by: cli.
 */
import { finalityProof } from "../sdk/finality.ts";
import { callRpc } from "../sdk/json-rpc.ts";

interface StatusAnswer {
  readonly version: string;
  readonly chainId: string;
  readonly genesisHash: string;
  readonly stage: string;
  readonly height: string;
  readonly epoch: string;
  readonly view: string;
  readonly leader: string | null;
  readonly peers: string;
  readonly syncing: false | { readonly highestHeight: string };
  readonly validators: readonly { readonly operator: string; readonly weight: string }[];
}

export async function showStatus({ rpc, json }: { readonly rpc: string; readonly json?: boolean }): Promise<void> {
  const status = await callRpc<StatusAnswer>(rpc, "cun_status");
  if (json) {
    console.log(JSON.stringify(status, null, 2));
    return;
  }
  const rows: [string, string | number][] = [
    ["node", `Coopunion ${status.version}`],
    ["chain", `${Number(status.chainId)} (genesis ${status.genesisHash})`],
    ["stage", status.stage],
    ["finalised height", Number(status.height)],
    ["view", `${Number(status.view)} of epoch ${Number(status.epoch)}, led by ${status.leader ?? "nobody"}`],
    ["peers", Number(status.peers)],
    ["catching up", status.syncing ? `yes, to height ${Number(status.syncing.highestHeight)}` : "no"],
  ];
  for (const [name, value] of rows) console.log(`${name.padEnd(18)}${value}`);
  for (const [index, { operator, weight }] of status.validators.entries()) {
    const name = index === 0 ? "validators" : "";
    console.log(`${name.padEnd(18)}${index}  ${operator}  weight ${BigInt(weight)}`);
  }
}

/** Prints JSON whose fields are the arguments of FinalityVerifier.verifyHeaders. */
export async function showCertificate(block: string, rpc: string): Promise<void> {
  const bigintAsText = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
  console.log(JSON.stringify(await finalityProof(rpc, block), bigintAsText, 2));
}
