/**
 * Certificates for tests in which nobody checks the signature.
 *
 * Owns: certificateFor. Called by: test/node/app.
 */
import type { Certificate } from "../../node/types/messages.ts";
import { asEpoch, asView, type Hash } from "../../node/types/primitives.ts";

export const certificateFor = (digest: Hash, view = 1): Certificate => ({
  kind: "finalize",
  epoch: asEpoch(0),
  view: asView(view),
  digest,
  signers: Uint8Array.of(0b111),
  signature: new Uint8Array(96),
});
