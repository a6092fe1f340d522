/**
 * The one list of properties: what always holds, and who keeps it. docs/PROPERTIES.md is generated from it.
 *
 * Owns: ids and statements. A test that tries to break a property carries its id in its title.
 * Called by: scripts/generate.ts, test/tidy.
 */

export interface Property {
  readonly id: string;
  readonly statement: string;
  /** The source that keeps it. */
  readonly where: string;
}

export const properties: readonly Property[] = [
  {
    id: "CUNP-1",
    statement: "What was ever emitted only grows and never passes 1,000,000,000 CUNP.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-2",
    statement: "On a CUN chain the token's supply and the native coin outside the reserve never pass what was emitted.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-3",
    statement: "Burning, in either form, never lets anyone emit again what was burnt.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-4",
    statement: "On a CUN chain the reserve covers the whole supply: every token can be unwrapped at any time.",
    where: "contracts/token/CUNP.sol",
  },
  {
    id: "CUNP-5",
    statement: "An account's votes are exactly the balances of those who delegate to it.",
    where: "contracts/token/CUNP.sol",
  },
  { id: "CUNP-6", statement: "Only the emission role emits; nobody holds it yet.", where: "contracts/token/CUNP.sol" },
  {
    id: "REG-1",
    statement: "No BLS key, node key or certificate is ever bound twice, not even after its validator has left.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "REG-2",
    statement: "Every bound BLS key has proven possession for exactly this chain, registry and operator.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "REG-3",
    statement: "A validator's state changes only along the table of legal moves.",
    where: "contracts/types/ValidatorState.sol",
  },
  {
    id: "REG-4",
    statement: "The set holds exactly the active validators, in the order of admission, never more than the seats.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "REG-5",
    statement: "Nobody becomes a candidate without the operator's consent to exactly this application, given once.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "REG-6",
    statement: "Every bound node key has signed for exactly this chain, registry, operator and certificate.",
    where: "contracts/validators/ValidatorRegistry.sol",
  },
  {
    id: "BLS-1",
    statement: "Hashing to G2 and verification agree with two independent libraries and the eth2 vectors.",
    where: "contracts/libraries/BLS12381.sol",
  },
  {
    id: "FIN-1",
    statement: "A certificate counts only with strictly more than two thirds of the epoch's weight.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-2",
    statement: "A certificate has one form: the bitmap has exactly the set's length and no bit beyond it.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-3",
    statement: "A certificate proves one block in one view of one epoch of one chain, and only finalisation.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-4",
    statement: "A header is accepted only when an unbroken chain of headers leads from it to a certified block.",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "FIN-5",
    statement: "The cost of a unanimous signature grows with the set only by reading it (under 2 % from 4 to 84).",
    where: "contracts/consensus/FinalityVerifier.sol",
  },
  {
    id: "COU-1",
    statement: "The council carries out exactly the batch that all validators approved, once, before its deadline.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "COU-2",
    statement: "A batch is carried out as a whole or not at all.",
    where: "contracts/governance/ValidatorCouncil.sol",
  },
  {
    id: "STG-1",
    statement: "The network is in Origin from its first block on and only an approved upgrade could lead out of it.",
    where: "contracts/governance/StageManager.sol",
  },
  {
    id: "DIR-1",
    statement: "The history of a name is only added to and holds the hashes of the code that ran.",
    where: "contracts/governance/ContractDirectory.sol",
  },
  { id: "DEP-1", statement: "Deploying a second time sends no transaction.", where: "deploy/lib/environment.ts" },
  {
    id: "DEP-2",
    statement: "After deployment no externally owned account holds any role.",
    where: "deploy/lib/verify.ts",
  },
  {
    id: "DEP-3",
    statement: "A deployment that breaks off after any transaction is completed by running it again.",
    where: "deploy/lib/environment.ts",
  },
  {
    id: "DEP-4",
    statement: "Addresses are known before the chain exists and do not depend on its genesis hash.",
    where: "deploy/lib/blueprint.ts",
  },
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
    statement: "Catching up adds only blocks from which linked headers lead to a certificate of more than two thirds.",
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
];
