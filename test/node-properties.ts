/**
 * Properties of the node: what always holds there, and who keeps it. test/properties.ts joins them to the one list.
 *
 * Owns: ids and statements of the node's properties, and the form of an entry. Called by: test/properties.ts.
 */

export interface Property {
  readonly id: string;
  readonly statement: string;
  /** The source that keeps it. */
  readonly where: string;
}

export const nodeProperties: readonly Property[] = [
  {
    id: "ENG-1",
    statement:
      "With less than a third of the weight corrupt, no two honest validators finalise different blocks at a height.",
    where: "node/consensus/",
  },
  {
    id: "ENG-2",
    statement: "No honest validator's votes contradict one another, over any number of crashes.",
    where: "node/consensus/, node/storage/signing-guard.ts",
  },
  {
    id: "ENG-3",
    statement: "A fault-free view of N validators costs exactly 2N(N−1) messages.",
    where: "node/consensus/",
  },
  {
    id: "ENG-4",
    statement: "When more than two thirds can talk again, the network finalises within two view timeouts.",
    where: "node/consensus/pacemaker.ts, node/consensus/retransmission.ts",
  },
  {
    id: "ENG-5",
    statement: "An epoch ends with one block, the same for every honest node, and no block of it stands above.",
    where: "node/consensus/reproposal.ts, node/app/epoch-runner.ts",
  },
  {
    id: "GRD-1",
    statement: "A key signs nothing before the ballot is on the disk, and nothing that contradicts what is there.",
    where: "node/storage/signing-guard.ts",
  },
  {
    id: "LOG-1",
    statement:
      "What the log or the database acknowledged survives kill -9 and a full disk; a torn tail is cut, damage stops the node.",
    where: "node/storage/file-log.ts, node/storage/level-key-value.ts",
  },
  {
    id: "FNL-1",
    statement:
      "A final block is stored with its receipts before its state moves; a crash between the two is repaired at start.",
    where: "node/app/finalizer.ts",
  },
  {
    id: "SYN-1",
    statement:
      "Catching up adds only blocks from which linked headers lead to a certificate of more than two thirds of their epoch.",
    where: "node/app/synchronizer.ts",
  },
  {
    id: "ADM-1",
    statement:
      "Only a peer with an admitted, unexpired, unrevoked certificate is connected, and revocation ends its connection.",
    where: "node/network/tls-network.ts, node/app/admission.ts",
  },
  {
    id: "EXE-1",
    statement: "What one node builds every node verifies to the same block hash, state root and receipts.",
    where: "node/execution/",
  },
  {
    id: "EXE-2",
    statement: "A transaction that cannot stand in a block is left out; it never stops the block.",
    where: "node/execution/builder.ts",
  },
  {
    id: "COD-1",
    statement: "A message has one encoding; any other bytes are refused.",
    where: "node/types/codec.ts",
  },
  {
    id: "KEP-1",
    statement: "What the contracts wait for is sent by one validator, and by the next one when it does not.",
    where: "node/app/keeper.ts",
  },
];
