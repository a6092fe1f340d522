// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * What the chain says of a node certificate: only a valid one may open a connection.
 *
 * Owns: the numbers. Does not own: the certificates (ValidatorRegistry).
 * Called by: ValidatorRegistry, nodes. Whitepaper §3.2 (certificate management).
 */
type CertificateStatus is uint8;

CertificateStatus constant CERTIFICATE_UNKNOWN = CertificateStatus.wrap(0);
CertificateStatus constant CERTIFICATE_VALID = CertificateStatus.wrap(1);
CertificateStatus constant CERTIFICATE_EXPIRED = CertificateStatus.wrap(2);
CertificateStatus constant CERTIFICATE_REVOKED = CertificateStatus.wrap(3);
