/**
 * Both network adapters against the suite: in memory, and over real sockets with real certificates.
 *
 * Owns: how each adapter is set up.
 */
import { createNodeCertificate } from "../../../node/network/certificate-maker.ts";
import { MemoryHub, MemoryNetwork } from "../../../node/network/memory-network.ts";
import { createTlsNetwork } from "../../../node/network/tls-network.ts";
import { type PeerId, toHash } from "../../../node/types/primitives.ts";
import { type MakeNode, networkCompliance } from "../../compliance/network.ts";
import { freePort } from "../../helpers/network.ts";

const REDIAL_MS = 40;

networkCompliance("memory", async (count) => {
  const hub = new MemoryHub();
  const ids = Array.from({ length: count }, (_, i) => toHash(new Uint8Array(32).fill(i + 1)) as string as PeerId);
  const make: MakeNode = (position, { chain, admission, clock }) =>
    new MemoryNetwork({ hub, id: ids[position]!, admission: admission.policy, chain, clock, redialMs: REDIAL_MS });
  return { ids, make };
});

networkCompliance("TLS", async (count) => {
  const certificates = Array.from({ length: count }, () => createNodeCertificate());
  certificates.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const host = "127.0.0.1";
  const peers = await Promise.all(
    certificates.map(async ({ fingerprint }) => ({ fingerprint, host, port: await freePort() })),
  );
  const make: MakeNode = (position, { chain, admission, clock }) => {
    const { certificatePem, privateKeyPem } = certificates[position]!;
    const { port } = peers[position]!;
    const options = { host, port, certificatePem, privateKeyPem, peers, chain, clock, redialMsMax: REDIAL_MS };
    return createTlsNetwork({ ...options, admission: admission.policy });
  };
  return { ids: certificates.map(({ fingerprint }) => fingerprint), make };
});
