/**
 * Node certificates: self-signed X.509 v3 over P-256, known to the network by the SHA-256 fingerprint of their DER form.
 *
 * Owns: making, saving, loading, fingerprints, dates. A certificate says nothing about its owner or machine: every one
 * has the same name; who it belongs to stands in the ValidatorRegistry.
 * Does not own: who is admitted (AdmissionPolicy), the handshake (handshake.ts).
 * Called by: app, cli, tls-network. Whitepaper §2.3 (permission and certificate management).
 */
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { CunError } from "../types/errors.ts";
import { type Hash, type PeerId, toHex } from "../types/primitives.ts";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const SUBJECT = "Coopunion node";
const DAY_MS = 86_400_000;
/** A peer's clock may be a little behind the one that made the certificate. */
const CLOCK_SKEW_MS = 3_600_000;

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

export interface CertificateValidity {
  /** Default: now. */
  readonly nowMs?: number;
  /** Default: two years. */
  readonly validDays?: number;
}

/** Makes a new key and a certificate for it. */
export function createNodeCertificate(validity: CertificateValidity = {}): NodeCertificate {
  const { nowMs = Date.now(), validDays = 730 } = validity;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: subjectName(),
    subject: subjectName(),
    validity: new Validity({
      notBefore: new Date(nowMs - CLOCK_SKEW_MS),
      notAfter: new Date(nowMs + validDays * DAY_MS),
    }),
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ type: "spki", format: "der" }), SubjectPublicKeyInfo),
    extensions: extensions(),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(body)), privateKey);
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: new Uint8Array(signature).buffer,
  });
  const x509 = new X509Certificate(Buffer.from(AsnConvert.serialize(certificate)));
  return describe(x509, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}

/** Positive and random: DER integers are signed. */
function serialNumber(): ArrayBuffer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.buffer;
}

function subjectName(): Name {
  const value = new AttributeValue({ utf8String: SUBJECT });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

function extensions(): Extensions {
  const extension = (extnID: string, critical: boolean, value: unknown) =>
    new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
  return new Extensions([
    extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
  ]);
}

/** PeerId of any certificate. */
export const fingerprintOf = (x509: X509Certificate): PeerId =>
  toHex(createHash("sha256").update(x509.raw).digest()) as PeerId;

export const notBeforeMs = (x509: X509Certificate): number => Date.parse(x509.validFrom);
export const notAfterMs = (x509: X509Certificate): number => Date.parse(x509.validTo);

function describe(x509: X509Certificate, privateKeyPem: string): NodeCertificate {
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
  return describe(x509, privateKeyPem);
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
