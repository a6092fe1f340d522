/**
 * All methods by name.
 *
 * Owns: the list. Does not own: any method. Called by: server, docs and their test.
 * A Map, so that names like "constructor" or "__proto__" are simply unknown.
 */
import type { Method, Methods } from "../method.ts";
import { blockMethods } from "./blocks.ts";
import { configMethods } from "./config.ts";
import { cunMethods } from "./cun.ts";
import { feeMethods } from "./fees.ts";
import { logMethods } from "./logs.ts";
import { nodeMethods } from "./node.ts";
import { stateMethods } from "./state.ts";
import { subscriptionMethods } from "./subscribe.ts";
import { transactionMethods } from "./transactions.ts";

export const METHODS: Methods = new Map<string, Method>([
  ...nodeMethods,
  ...configMethods,
  ...blockMethods,
  ...transactionMethods,
  ...stateMethods,
  ...feeMethods,
  ...logMethods,
  ...subscriptionMethods,
  ...cunMethods,
]);
