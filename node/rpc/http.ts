/**
 * JSON-RPC over HTTP: POST / with a JSON body.
 *
 * Owns: the fastify instance, body and time limits, status codes. Does not own: the envelope (dispatch.ts), who may
 * ask (access.ts). Called by: server. The body must be declared application/json: a web page can send that to
 * another origin only after a preflight, which is answered for allowed origins alone.
 */
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { CunError } from "../types/errors.ts";
import type { AccessPolicy } from "./access.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { RpcLimits } from "./limits.ts";
import type { RpcSession } from "./method.ts";

/** A request must be complete after this long: nobody holds a connection with a body in drops. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the clients' own keep-alive, so that it is they who close. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const JSON_TYPE = "application/json; charset=utf-8";

const HTTP_SESSION: RpcSession = { subscriber: undefined, afterAnswer: () => {} };

interface HttpOptions {
  readonly dispatcher: Dispatcher;
  readonly access: AccessPolicy;
  readonly limits: RpcLimits;
}

function toCunError(error: FastifyError, limits: RpcLimits): unknown {
  if (error.statusCode === 413) {
    return new CunError("rpcLimitExceeded", { what: "bytes of a request", limit: limits.maxBodyBytes });
  }
  const isClientsFault = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  if (!isClientsFault) return error;
  const reason = error.statusCode === 415 ? "content-type is not application/json" : "the HTTP request is not valid";
  return new CunError("rpcRequestInvalid", { reason });
}

/** Answers requests in both forms; upgrade requests are the caller's. */
export function createHttpServer({ dispatcher, access, limits }: HttpOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  app.server.maxConnections = limits.maxConnections;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));

  app.addHook("onRequest", (request, reply, done) => {
    const { host, origin } = request.headers;
    reply.headers(access.corsHeaders(origin));
    if (access.allowsHost(host)) return done();
    const error = new CunError("rpcOriginRefused", { host: host ?? "none", origin: origin ?? "none" });
    reply.code(403).type(JSON_TYPE).send(dispatcher.refusal(error));
  });
  app.options("/", (request, reply) => {
    reply.code(access.allowsOrigin(request.headers.origin) ? 204 : 403).send();
  });
  app.post("/", async (request, reply) => {
    const text = typeof request.body === "string" ? request.body : "";
    const answer = await dispatcher.answer(text, HTTP_SESSION);
    if (answer === undefined) return reply.code(204).send();
    return reply.type(JSON_TYPE).send(answer);
  });
  app.setNotFoundHandler((_request, reply) => {
    const error = new CunError("rpcRequestInvalid", { reason: "calls are sent with POST to /" });
    reply.code(404).type(JSON_TYPE).send(dispatcher.refusal(error));
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    const code = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
    reply
      .code(code)
      .type(JSON_TYPE)
      .send(dispatcher.refusal(toCunError(error, limits)));
  });
  return app;
}
