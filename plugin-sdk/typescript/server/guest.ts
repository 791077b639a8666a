/**
 * Another protocol on the same socket, for a gateway that does not speak the native one.
 *
 * The first byte decides: the native preamble begins with a letter, and whoever offers a guest says which bytes it can
 * begin with. So a connection on which guests are expected says nothing until it has heard something.
 */

/** The conversation in the other protocol, of one connection. */
export interface Guest {
  /** Calls that are being answered. */
  readonly eventCount: number;
  /** @throws for what makes no sense: the connection is closed */
  receive(bytes: Buffer): void;
  /** Take no new calls, and end the connection when those under way are answered. */
  drain(): void;
  /** The connection is gone. */
  closed(): void;
}

/** What a guest has of its connection. */
export interface GuestSide {
  write(bytes: Buffer): void;
  end(): void;
  /** Do something later than in `receive`, whose exceptions close the connection in the same way. */
  guard(work: () => void): void;
}

/** What a server may speak beside the native protocol. */
export interface GuestProtocol {
  /** Can a message of the protocol begin with this byte? */
  begins(byte: number): boolean;
  open(side: GuestSide): Guest;
}
