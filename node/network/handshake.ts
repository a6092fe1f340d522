/**
 * Who is at the other end, and does it belong to this network: the checks before the first frame is handed on.
 *
 * Owns: the check of a certificate (shown, own, expected, in date, admitted) and the hello frames that bind a connection
 * to protocol version, chain id and genesis. The dialling side says hello first; the other answers hello or a refusal.
 * Does not own: TLS, which has proven that the peer holds the certificate's key; sockets; bans.
 * Called by: tls-network, memory-network. Layout: docs/protocol/network.md; VAL-8.
 */
import type { X509Certificate } from "node:crypto";
import type { ChainInfo } from "../ports/execution.ts";
import type { AdmissionPolicy, Peer } from "../ports/network.ts";
import { ByteReader, ByteWriter } from "../types/binary.ts";
import { CunError, ERRORS } from "../types/errors.ts";
import { hashBytes, type PeerId } from "../types/primitives.ts";
import { fingerprintOf, notAfterMs, notBeforeMs } from "./certificates.ts";

export const PROTOCOL_VERSION = 1;
/** No frame before the hello may be larger. */
export const MAX_HANDSHAKE_FRAME_BYTES = 64;

const TAGS = ["hello", "refusal"] as const;

export interface PeerCheck {
  /** host:port, for the error only. */
  readonly address: string;
  readonly self: PeerId;
  /** Whom the dialler wanted to reach. */
  readonly expected: string | undefined;
  readonly admission: AdmissionPolicy;
  readonly nowMs: number;
}

/**
 * Identifies a peer by the certificate it showed.
 * @throws CunError certificateMissing, selfConnection, peerUnexpected, certificateExpired, -Unknown, -Revoked
 */
export function identifyPeer(certificate: X509Certificate | undefined, check: PeerCheck): Peer {
  const { address, self, expected } = check;
  if (certificate === undefined) throw new CunError("certificateMissing", { address });
  const fingerprint = fingerprintOf(certificate);
  if (fingerprint === self) throw new CunError("selfConnection", { fingerprint });
  if (expected !== undefined && fingerprint !== expected) {
    throw new CunError("peerUnexpected", { address, fingerprint, expected });
  }
  checkDates(fingerprint, { fromMs: notBeforeMs(certificate), toMs: notAfterMs(certificate), nowMs: check.nowMs });
  return { id: fingerprint, index: admit(fingerprint, check.admission) };
}

/** @throws CunError certificateExpired, also when the certificate is not valid yet */
export function checkDates(
  fingerprint: PeerId,
  { fromMs, toMs, nowMs }: { readonly fromMs: number; readonly toMs: number; readonly nowMs: number },
): void {
  // Written so that a date that cannot be read (NaN) is refused too.
  if (fromMs <= nowMs && nowMs <= toMs) return;
  throw new CunError("certificateExpired", {
    fingerprint,
    notBefore: dateText(fromMs),
    notAfter: dateText(toMs),
    now: dateText(nowMs),
  });
}

const dateText = (ms: number): string => (Number.isNaN(ms) ? "an unreadable date" : new Date(ms).toISOString());

/** Index in the validator set. @throws CunError certificateUnknown, certificateRevoked */
export function admit(fingerprint: PeerId, admission: AdmissionPolicy): Peer["index"] {
  const verdict = admission(fingerprint);
  if (verdict.admitted) return verdict.index;
  throw new CunError(verdict.reason === "revoked" ? "certificateRevoked" : "certificateUnknown", { fingerprint });
}

export function encodeHello(chain: ChainInfo): Uint8Array {
  const to = new ByteWriter();
  to.u8(TAGS.indexOf("hello"));
  to.u16(PROTOCOL_VERSION);
  to.u64(chain.chainId);
  to.fixed(hashBytes(chain.genesisHash));
  return to.finish();
}

/** Tells the peer why it is not let in: the number of the error, nothing more. */
export function encodeRefusal(error: CunError): Uint8Array {
  const to = new ByteWriter();
  to.u8(TAGS.indexOf("refusal"));
  to.u16(ERRORS[error.errorName].number);
  return to.finish();
}

/**
 * Checks the first frame of a peer.
 * @throws CunError messageMalformed, protocolMismatch, networkMismatch, peerRefused
 */
export function checkHello(frame: Uint8Array, fingerprint: PeerId, chain: ChainInfo): void {
  const from = new ByteReader(frame, (offset, reason) => {
    throw new CunError("messageMalformed", { offset, reason });
  });
  if (from.oneOf(TAGS) === "refusal") throw new CunError("peerRefused", { fingerprint, refusal: from.u16() });
  const version = from.u16();
  // Read first: what follows may look different in another version.
  if (version !== PROTOCOL_VERSION) {
    throw new CunError("protocolMismatch", { fingerprint, version, ownVersion: PROTOCOL_VERSION });
  }
  const chainId = from.u64Big();
  const genesis = from.hash();
  from.end();
  if (chainId === chain.chainId && genesis === chain.genesisHash) return;
  const own = { ownChainId: chain.chainId, ownGenesis: chain.genesisHash };
  throw new CunError("networkMismatch", { fingerprint, chainId, genesis, ...own });
}
