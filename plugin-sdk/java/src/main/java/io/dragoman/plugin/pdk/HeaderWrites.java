package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.HeaderBlock;
import io.dragoman.plugin.internal.event.HeaderBlock.Change;
import io.dragoman.plugin.internal.event.Stale;
import io.dragoman.plugin.internal.event.Turn;

/**
 * Headers that plugins set and add: in the short form where they are plain text, as a call of the
 * PDK otherwise.
 */
final class HeaderWrites {
  /** Of which message. */
  record Side(String namespace, int setOp, int addOp) {}

  static final Side REQUEST =
      new Side(
          "kong.service.request", Turn.SERVICE_REQUEST_SET_HEADER, Turn.SERVICE_REQUEST_ADD_HEADER);
  static final Side RESPONSE =
      new Side("kong.response", Turn.RESPONSE_SET_HEADER, Turn.RESPONSE_ADD_HEADER);

  private HeaderWrites() {}

  static void change(Turn turn, Side side, Change change, String name, Object value) {
    boolean isSet = change == Change.SET;
    if (!(value instanceof String text)
        || !HeaderBlock.isPlain(text)
        || !HeaderBlock.isToken(name)) {
      turn.write(side.namespace + (isSet ? ".set_header" : ".add_header"), name, value);
      return;
    }
    turn.writeHeader(isSet ? side.setOp : side.addOp, name, text);
    if (side == RESPONSE) {
      turn.responseHeaders.write(change, name, text);
    } else {
      touchHost(turn, name);
      turn.requestHeaders.write(change, name, text);
    }
  }

  /** The host that getters show is the header's. */
  static void touchHost(Turn turn, String name) {
    if (HeaderBlock.isSame(name, "host")) {
      turn.makeStale(Stale.HOST);
    }
  }
}
