/**
 * Reads the system contracts from the node's own state: no RPC, no trust in anybody.
 *
 * Owns: finding contracts through the directory, which node certificates are valid, the network's stage.
 * Does not own: writing to contracts, admission at the connection (node/app/admission.ts).
 * Called by: app, after blocks that touched the registry. Whitepaper §2.3 (certificate management), §2.4.3 (stages).
 */
import { Interface } from "ethers";
import type { StatePort } from "../ports/execution.ts";
import type { Address, PeerId } from "../types/primitives.ts";
import { fromHex, toHex } from "../types/primitives.ts";

const abi = new Interface([
  "function get(bytes32 name) view returns (address)",
  "function certificateStatus(bytes32 fingerprint) view returns (uint8 status, address operator)",
  "function stage() view returns (uint8)",
]);

export type CertificateStatus = "unknown" | "valid" | "expired" | "revoked";
const CERTIFICATE_STATUS: readonly CertificateStatus[] = ["unknown", "valid", "expired", "revoked"];

export type StageName = "Origin" | "CapeOfGoodHope" | "NewGeneration";
const STAGES: readonly StageName[] = ["Origin", "CapeOfGoodHope", "NewGeneration"];
