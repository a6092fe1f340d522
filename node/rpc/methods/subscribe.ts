/**
 * eth_subscribe and eth_unsubscribe: over WebSocket only.
 *
 * Owns: their parameters and answers. Does not own: the notifications (subscriptions.ts).
 * Called by: registry. Notifications begin after the client was told the id.
 */
import { z } from "zod";
import { CunError } from "../../types/errors.ts";
import { toPattern } from "../log-query.ts";
import { type Method, method, type RpcContext, type RpcSession } from "../method.ts";
import { logFilterParameter } from "../parameters.ts";
import type { Subscriber, Topic } from "../subscriptions.ts";

const kindParameter = z.enum(
  ["newHeads", "logs", "newPendingTransactions", "syncing"],
  "expected newHeads, logs, newPendingTransactions or syncing",
);

function subscriberOf(session: RpcSession): Subscriber {
  if (!session.subscriber) throw new CunError("rpcNotificationsUnsupported", {});
  return session.subscriber;
}

function toTopic(context: RpcContext, kind: z.output<typeof kindParameter>, options: unknown): Topic {
  if (kind === "newPendingTransactions") return { kind, isFull: options === true };
  if (kind !== "logs") return { kind };
  const parsed = logFilterParameter.safeParse(options ?? {});
  if (!parsed.success) {
    throw new CunError("rpcParameterInvalid", { position: 1, reason: parsed.error.issues[0]!.message });
  }
  return { kind, pattern: toPattern(parsed.data, context.limits.maxLogAlternatives) };
}

export const subscriptionMethods: readonly (readonly [string, Method])[] = [
  [
    "eth_subscribe",
    method([kindParameter, z.unknown()], (context, [kind, options], session) => {
      const subscriber = subscriberOf(session);
      const { id, begin } = context.subscriptions.prepare(subscriber, toTopic(context, kind, options));
      session.afterAnswer(begin);
      return id;
    }),
  ],
  [
    "eth_unsubscribe",
    method([z.string("expected a subscription id")], (context, [id], session) =>
      context.subscriptions.cancel(subscriberOf(session), id),
    ),
  ],
];
