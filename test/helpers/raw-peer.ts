/**
 * The other end of a connection as an attacker holds it: any certificate, any bytes.
 *
 * Owns: a TLS client that speaks frames but follows no rule. Called by: test/node/network/tls-*.test.ts.
 */
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { NodeCertificate } from "../../node/network/certificates.ts";
import { encodeFrame, FrameParser } from "../../node/network/frames.ts";
import { encodeHello } from "../../node/network/handshake.ts";
import type { ChainInfo } from "../../node/ports/execution.ts";
import { MAX_FRAME_BYTES } from "../../node/types/limits.ts";
import { until } from "./network.ts";

export class RawPeer {
  readonly socket: TLSSocket;
  readonly frames: Uint8Array[] = [];
  isClosed = false;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    const parser = new FrameParser(MAX_FRAME_BYTES);
    socket.on("data", (chunk) => this.frames.push(...parser.push(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  /** Connects with a certificate or without one, and says nothing yet. */
  static async connect(port: number, certificate: NodeCertificate | undefined): Promise<RawPeer> {
    const own = certificate && { cert: certificate.certificatePem, key: certificate.privateKeyPem };
    const peer = new RawPeer(connect({ host: "127.0.0.1", port, ...own, rejectUnauthorized: false }));
    await once(peer.socket, "secureConnect");
    return peer;
  }

  /** Connects and goes through the handshake as an honest node would. */
  static async join(port: number, certificate: NodeCertificate, chain: ChainInfo): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, certificate);
    peer.send(encodeHello(chain));
    await until("the node answers the hello", () => peer.frames.length > 0);
    return peer;
  }

  send(body: Uint8Array): void {
    this.write(encodeFrame(body));
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Number of the error in the node's refusal, once the node has hung up. */
  async refusal(): Promise<number | undefined> {
    await until("the node hangs up", () => this.isClosed);
    const [first] = this.frames;
    return first?.[0] === 1 ? (first[1]! << 8) | first[2]! : undefined;
  }
}
