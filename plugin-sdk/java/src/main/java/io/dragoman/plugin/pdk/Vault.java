package io.dragoman.plugin.pdk;

import io.dragoman.plugin.internal.event.Turn;
import java.util.Map;

/** {@code kong.vault}: secrets; every function asks the gateway. Any phase. */
public final class Vault {
  private final Turn turn;

  Vault(Turn turn) {
    this.turn = turn;
  }

  /**
   * The value that a reference stands for.
   *
   * @param reference as in "{vault://env/name}"
   * @throws io.dragoman.plugin.PdkException if there is none
   */
  public String get(String reference) {
    return Results.text(turn.ask("kong.vault.get", reference));
  }

  /** Is the text a reference? */
  public boolean isReference(String text) {
    return Results.truth(turn.ask("kong.vault.is_reference", text));
  }

  /**
   * The parts of a reference.
   *
   * @throws io.dragoman.plugin.PdkException if it is none
   */
  public Map<String, Object> parseReference(String reference) {
    String method = "kong.vault.parse_reference";
    return Results.table(turn.ask(method, reference), method);
  }
}
