/**
 * Who the client is, told to the Service in headers and to later plugins through the PDK; for all plugins that
 * authenticate.
 *
 * Headers of these names that the client sent itself never pass.
 */
import type { Consumer } from "../entities/consumer.ts";
import type { EntityRef, Exchange } from "../exchange/exchange.ts";
import type { HeaderBlock } from "../exchange/header-block.ts";
import { toWire } from "../pdk/text.ts";

function tell(headers: HeaderBlock, name: string, value: string | null | undefined): void {
  headers.remove(name);
  if (value !== undefined && value !== null) headers.add(name, toWire(value));
}

/**
 * Set the Consumer of a request.
 *
 * @param credential null: the Consumer is the anonymous one
 * @param identifier what X-Credential-Identifier says
 */
export function setConsumer(
  x: Exchange,
  consumer: Consumer,
  credential: EntityRef | null,
  identifier: string | null,
): void {
  const headers = x.requestHeaders;
  tell(headers, "X-Consumer-ID", consumer.id);
  tell(headers, "X-Consumer-Custom-ID", consumer.custom_id);
  tell(headers, "X-Consumer-Username", consumer.username);
  tell(headers, "X-Credential-Identifier", identifier);
  tell(headers, "X-Anonymous-Consumer", credential === null ? "true" : null);
  x.consumer = consumer;
  x.credential = credential as Readonly<Record<string, unknown>> | null;
}
