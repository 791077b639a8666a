/** `kong.client`: who is asking, as far as the connection and authentication plugins say. And `kong.router`. */
import type { PluginEvent } from "../event/plugin-event.ts";
import { AFTER_ROUTING, WITH_REQUEST } from "../plugin/phases.ts";
import { decodeValue, encodeValue } from "../wire/value.ts";
import { PdkError } from "./errors.ts";

/** An entity as the Admin API shows it; fields that are not set are absent. */
export interface Entity {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** A Consumer of the configuration, with all fields of Kong's entity. */
export interface Consumer extends Entity {
  readonly username?: string;
  readonly custom_id?: string;
}

/** What an authentication plugin identified the Consumer by; its fields are that plugin's. */
export interface Credential {
  readonly id?: string;
  readonly [field: string]: unknown;
}

/** What came back from a journey over the wire: a copy with the types that the gateway would give. */
const copied = (value: unknown): unknown => decodeValue(encodeValue(value));

/** `kong.client.tls`: the certificate that a client shows. */
export class KongClientTls {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** Ask for a certificate in this handshake. In certificate. */
  requestClientCertificate(): Promise<true | undefined> {
    const name = "kong.client.tls.request_client_certificate";
    return this.#event.call(name, []) as Promise<true | undefined>;
  }

  /** In certificate. */
  disableSessionReuse(): Promise<true | undefined> {
    const name = "kong.client.tls.disable_session_reuse";
    return this.#event.call(name, []) as Promise<true | undefined>;
  }

  /** In PEM; undefined where the client showed none. In rewrite, access, response and log. */
  getFullClientCertificateChain(): Promise<string | undefined> {
    const name = "kong.client.tls.get_full_client_certificate_chain";
    return this.#event.call(name, []) as Promise<string | undefined>;
  }

  /** What `kong.nginx.getVar("ssl_client_verify")` gives: "SUCCESS", "NONE", "FAILED:reason". */
  setClientVerify(verify: string): void {
    this.#event.recordCall("kong.client.tls.set_client_verify", [verify]);
  }
}

/** `kong.client`: the connection's peer, and the Consumer that an authentication plugin found. */
export class KongClient {
  readonly #event: PluginEvent;
  #tls: KongClientTls | null = null;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  get tls(): KongClientTls {
    this.#tls ??= new KongClientTls(this.#event);
    return this.#tls;
  }

  /** Address of the direct peer. */
  getIp(): string {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.wire(13);
  }

  /** Address of the client after `trusted_ips` and `real_ip_header`. */
  getForwardedIp(): string {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.wire(15);
  }

  /** Port of the direct peer. */
  getPort(): number {
    this.#event.need(WITH_REQUEST);
    return this.#event.snapshot.clientPort;
  }

  /** Port of the client as a trusted proxy told it; undefined where it did not. */
  getForwardedPort(): number | undefined {
    this.#event.need(WITH_REQUEST);
    const { forwardedPort } = this.#event.snapshot;
    return forwardedPort === 0 ? undefined : forwardedPort;
  }

  /** What the Consumer was identified by; undefined without authentication. From access on. */
  getCredential(): Credential | undefined {
    const event = this.#event;
    event.need(AFTER_ROUTING);
    if (event.identity !== null) return event.identity.credential as Credential | undefined;
    return event.host.entity(event.snapshot.credential) as Credential | undefined;
  }

  /** The authenticated Consumer, undefined where there is none. From access on. */
  getConsumer(): Consumer | undefined {
    const event = this.#event;
    event.need(AFTER_ROUTING);
    if (event.identity !== null) return event.identity.consumer as Consumer | undefined;
    return event.host.entity(event.snapshot.consumer) as Consumer | undefined;
  }

  /**
   * Look a Consumer up; undefined if there is none.
   *
   * @param consumerId its id, or with `searchByUsername` its username
   */
  loadConsumer(consumerId: string, searchByUsername?: boolean): Promise<Consumer | undefined> {
    const args = [consumerId, searchByUsername];
    return this.#event.call("kong.client.load_consumer", args) as Promise<Consumer | undefined>;
  }

  /** Say who the client is; one of the two may be undefined. In access. */
  authenticate(
    consumer: Consumer | Readonly<Record<string, unknown>> | undefined | null,
    credential?: Credential | undefined | null,
  ): void {
    const nobody = (consumer ?? null) === null && (credential ?? null) === null;
    if (nobody) throw new PdkError("either credential or consumer must be provided");
    this.#event.recordCall("kong.client.authenticate", [consumer, credential]);
    this.#event.identity = { consumer: copied(consumer), credential: copied(credential) };
  }

  /** "http", "https", "grpc" or "grpcs", as the matched Route says. @param allowTerminated count X-Forwarded-Proto */
  getProtocol(allowTerminated?: boolean): Promise<string | undefined> {
    const args = [allowTerminated];
    return this.#event.call("kong.client.get_protocol", args) as Promise<string | undefined>;
  }
}

/** `kong.router`: what the request has matched. */
export class KongRouter {
  readonly #event: PluginEvent;

  constructor(event: PluginEvent) {
    this.#event = event;
  }

  /** The matched Route. From access on. */
  getRoute(): Entity | undefined {
    this.#event.need(AFTER_ROUTING);
    return this.#event.host.entity(this.#event.snapshot.route) as Entity | undefined;
  }

  /** Its Service; undefined for a Route without one. From access on. */
  getService(): Entity | undefined {
    this.#event.need(AFTER_ROUTING);
    return this.#event.host.entity(this.#event.snapshot.service) as Entity | undefined;
  }
}
