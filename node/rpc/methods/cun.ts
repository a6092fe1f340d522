/**
 * Methods of Coopunion's own: cun_status, cun_validators, cun_getFinalityCertificate.
 *
 * Owns: their answers. Does not own: the status (the app's), the certificate's meaning (node/consensus,
 * contracts/consensus/FinalityVerifier). Called by: registry. Layouts: docs/protocol/json-rpc.md.
 */
import { signatureToEvm } from "../../crypto/bls/points.ts";
import { encodeCertificate } from "../../types/codec.ts";
import { CunError } from "../../types/errors.ts";
import type { Certificate } from "../../types/messages.ts";
import { asHeight } from "../../types/primitives.ts";
import type { NodeStatus, ValidatorStatus } from "../backend.ts";
import type { BlockReference } from "../chain-reader.ts";
import { data, quantity } from "../hex.ts";
import { heavyMethod, type Method, method, type RpcContext } from "../method.ts";
import { optionalBlockParameter } from "../parameters.ts";

const encodeValidator = (validator: ValidatorStatus, index: number): object => ({
  index: quantity(index),
  operator: validator.operator,
  blsPublicKey: validator.blsPublicKey,
  weight: quantity(validator.weight),
  peerId: validator.peerId ?? null,
});

function encodeStatus(status: NodeStatus): object {
  const { syncing } = status;
  return {
    version: status.version,
    chainId: quantity(status.chainId),
    genesisHash: status.genesisHash,
    stage: status.stage,
    height: quantity(status.height),
    epoch: quantity(status.epoch),
    view: quantity(status.view),
    leader: status.leader ?? null,
    peers: quantity(status.peers),
    validators: status.validators.map(encodeValidator),
    syncing:
      syncing === false
        ? false
        : { startingHeight: quantity(syncing.startingHeight), highestHeight: quantity(syncing.highestHeight) },
  };
}

const encodeCertificateFields = (certificate: Certificate): object => ({
  encoded: data(encodeCertificate(certificate)),
  kind: certificate.kind,
  epoch: quantity(certificate.epoch),
  view: quantity(certificate.view),
  digest: certificate.digest,
  signers: data(certificate.signers),
  signature: data(certificate.signature),
  /** G2 point as the precompiles of EIP-2537 take it: 256 bytes. */
  signatureEvm: data(signatureToEvm(certificate.signature)),
});

/**
 * The first certificate at or above the block, with the headers from the block to the certified one: their parent
 * hashes chain the block to what was signed. @throws CunError rpcBlockUnknown, rpcCertificatePending
 */
async function getFinalityCertificate(context: RpcContext, reference: BlockReference): Promise<object> {
  const first = await context.chain.require(reference);
  const searched = context.limits.maxCertificateSearchBlocks;
  const headers: string[] = [];
  for (let height = first.height; height < first.height + searched; height++) {
    const stored = await context.store.blockByHeight(asHeight(height));
    if (!stored) break;
    headers.push(data(stored.header));
    if (!stored.finalization) continue;
    const certificate = encodeCertificateFields(stored.finalization);
    return { blockHash: first.hash, blockNumber: quantity(first.height), certificate, headers };
  }
  throw new CunError("rpcCertificatePending", { height: first.height, searched });
}

export const cunMethods: readonly (readonly [string, Method])[] = [
  ["cun_status", method([], (context) => encodeStatus(context.status()))],
  ["cun_validators", method([], (context) => context.status().validators.map(encodeValidator))],
  [
    "cun_getFinalityCertificate",
    heavyMethod([optionalBlockParameter], (context, [reference]) => getFinalityCertificate(context, reference)),
  ],
];
