/**
 * Makes node certificates: self-signed X.509 v3 over P-256, for mutual TLS.
 *
 * Owns: what stands in them. A certificate says nothing about its owner or machine: every one has the same name; who
 * it belongs to stands in the ValidatorRegistry. Does not own: files and fingerprints (certificates.ts).
 * Called by: app (devnet), cli, tests. Whitepaper §2.3 (permission and certificate management).
 */
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
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
import { describeCertificate, type NodeCertificate } from "./certificates.ts";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const SUBJECT = "Coopunion node";
const DAY_MS = 86_400_000;
/** A peer's clock may be a little behind the one that made the certificate. */
const CLOCK_SKEW_MS = 3_600_000;

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
  return describeCertificate(x509, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
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
