/**
 * Makes a node certificate that follows from a public seed, so that a development validator is the same every time.
 *
 * Owns: a minimal self-signed X.509 v3 over P-256 with fixed serial number and beginning, signed as in RFC 6979.
 * Does not own: certificates that nodes run under (node/network/certificate-maker.ts: random keys and serial numbers).
 * Called by: authorities.ts, tests. RFC 5280.
 */
import { p256 } from "@noble/curves/nist.js";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { nodePublicKey } from "../node/sdk/node-key.ts";

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const SUBJECT = "Coopunion development validator";
/** 2020-01-01, in milliseconds. */
const BEGIN_MS = 1_577_836_800_000;

/** The certificate in DER form. `notAfter` in seconds since 1970; `serial` tells certificates of one key apart. */
export function developmentCertificate(nodeSecret: Uint8Array, notAfter: number, serial = 1): Uint8Array {
  const signature = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: new Uint8Array([serial]).buffer,
    signature,
    issuer: subjectName(),
    subject: subjectName(),
    validity: new Validity({ notBefore: new Date(BEGIN_MS), notAfter: new Date(notAfter * 1000) }),
    subjectPublicKeyInfo: AsnConvert.parse(nodePublicKey(nodeSecret), SubjectPublicKeyInfo),
  });
  const body = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signatureValue = new Uint8Array(p256.sign(body, nodeSecret, { format: "der" })).buffer;
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm: signature, signatureValue });
  return new Uint8Array(AsnConvert.serialize(certificate));
}

function subjectName(): Name {
  const value = new AttributeValue({ utf8String: SUBJECT });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}
