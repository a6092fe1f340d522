/**
 * Finality certificates for contracts: fetched from any node, in the form that FinalityVerifier takes.
 *
 * Owns: the translation from the node's answer to the contract's arguments. Trusts nobody: what a node answers is
 * worth what the contract says of it. Called by: dApps, cli, tests. Browser-safe. Whitepaper §2.4.2; ADR 2.
 */
import { callRpc } from "./json-rpc.ts";

/** IFinalityVerifier.Certificate. */
export interface CertificateArgument {
  readonly epoch: bigint;
  readonly viewNumber: bigint;
  /** Block hash. */
  readonly digest: string;
  /** Bitmap of signers, lowest bit of byte 0 first. */
  readonly signers: string;
  /** G2 point, EIP-2537 encoding, 256 bytes. */
  readonly signature: string;
}

export interface FinalityProof {
  readonly certificate: CertificateArgument;
  /** RLP headers from the wanted block to the certified one. */
  readonly headers: readonly string[];
}

interface CertificateAnswer {
  readonly certificate: {
    readonly epoch: string;
    readonly view: string;
    readonly digest: string;
    readonly signers: string;
    readonly signatureEvm: string;
  };
  readonly headers: readonly string[];
}

/**
 * The proof that a block is final: pass both fields to `FinalityVerifier.verifyHeaders`.
 *
 * @param url JSON-RPC address of a node.
 * @param block Block hash, or height as hex, or "latest".
 * @throws Error when the node does not know the block.
 * @example
 * const { headers, certificate } = await finalityProof("http://127.0.0.1:8650", receipt.blockHash);
 * const header = await verifier.verifyHeaders(headers, certificate);
 */
export async function finalityProof(url: string, block: string): Promise<FinalityProof> {
  const { certificate, headers } = await callRpc<CertificateAnswer>(url, "cun_getFinalityCertificate", [block]);
  const { epoch, view, digest, signers, signatureEvm } = certificate;
  return {
    certificate: { epoch: BigInt(epoch), viewNumber: BigInt(view), digest, signers, signature: signatureEvm },
    headers,
  };
}
