/**
 * Node certificates: self-signed X.509 v3, known to the network by the SHA-256 fingerprint of their DER form.
 *
 * Owns: saving, loading, fingerprints, dates. Does not own: making them (certificate-maker.ts, apart so that a running
 * node does not load the ASN.1 library), who is admitted (AdmissionPolicy), the handshake (handshake.ts).
 * Called by: app, cli, tls-network. Whitepaper §2.3 (permission and certificate management).
 */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { CunError } from "../types/errors.ts";
import { type Hash, type PeerId, toHex } from "../types/primitives.ts";

/** What a node needs to prove who it is. `privateKeyPem` is secret. */
export interface NodeCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** SHA-256 of the certificate's DER form: the node's PeerId. */
  readonly fingerprint: PeerId;
  /** SHA-256 of the public key (SubjectPublicKeyInfo): stays when a certificate is renewed over the same key. */
  readonly publicKeyHash: Hash;
  /** Milliseconds since the Unix epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** PeerId of any certificate. */
export const fingerprintOf = (x509: X509Certificate): PeerId =>
  toHex(createHash("sha256").update(x509.raw).digest()) as PeerId;

export const notBeforeMs = (x509: X509Certificate): number => Date.parse(x509.validFrom);
export const notAfterMs = (x509: X509Certificate): number => Date.parse(x509.validTo);

/** Everything about a certificate that is computed from it. */
export function describeCertificate(x509: X509Certificate, privateKeyPem: string): NodeCertificate {
  const publicKey = x509.publicKey.export({ type: "spki", format: "der" });
  return {
    certificatePem: x509.toString(),
    privateKeyPem,
    fingerprint: fingerprintOf(x509),
    publicKeyHash: toHex(createHash("sha256").update(publicKey).digest()) as Hash,
    notBeforeMs: notBeforeMs(x509),
    notAfterMs: notAfterMs(x509),
  };
}

/** Reads both PEM texts. @throws CunError nodeCertificateInvalid when they are none or do not belong together */
export function parseNodeCertificate(certificatePem: string, privateKeyPem: string): NodeCertificate {
  let x509: X509Certificate;
  let fits: boolean;
  try {
    x509 = new X509Certificate(certificatePem);
    fits = x509.checkPrivateKey(createPrivateKey(privateKeyPem));
  } catch (error) {
    throw invalid("certificate or key is not in PEM form", error);
  }
  if (!fits) throw invalid("the private key belongs to another certificate");
  return describeCertificate(x509, privateKeyPem);
}

export interface CertificatePaths {
  readonly certificate: string;
  readonly privateKey: string;
}

/** The key file is readable by its owner only, and an existing one is never overwritten. */
export function saveNodeCertificate(certificate: NodeCertificate, paths: CertificatePaths): void {
  try {
    writeFileSync(paths.privateKey, certificate.privateKeyPem, { mode: 0o600, flag: "wx" });
    chmodSync(paths.privateKey, 0o600);
    writeFileSync(paths.certificate, certificate.certificatePem, { mode: 0o644 });
  } catch (error) {
    throw invalid("it cannot be saved", error);
  }
}

/** @throws CunError nodeCertificateInvalid */
export function loadNodeCertificate(paths: CertificatePaths): NodeCertificate {
  let texts: readonly [string, string];
  try {
    texts = [readFileSync(paths.certificate, "utf8"), readFileSync(paths.privateKey, "utf8")];
  } catch (error) {
    throw invalid("it cannot be read", error);
  }
  return parseNodeCertificate(...texts);
}

function invalid(sentence: string, cause?: unknown): CunError<"nodeCertificateInvalid"> {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const reason = code ? `${sentence} (${code})` : sentence;
  return new CunError("nodeCertificateInvalid", { reason }, { cause });
}
