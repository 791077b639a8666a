package io.dragoman.plugin.internal.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The messages of the contract as tables: what {@link Codec} reads and writes the rare ones by.
 *
 * <p>The text follows proto/dragoman/plugin.proto field by field; the golden vectors hold it to it.
 * The messages of every request (Event, Done, Call, Result, Chunk, ChunkDone, LogLine) have codecs
 * of their own beside it.
 */
final class Messages {
  /**
   * A message's name, then a line for each field: number, name, type; {@code *} repeated, {@code ?}
   * one of several.
   */
  private static final String FIELDS =
      """
    Hello
      1 protocol_versions uint32*
      2 software string
      3 frame_bytes_max uint32
      4 pid uint32
      5 node_id string
      6 hostname string
      7 kong_version string
      8 kong_version_num uint32
      9 wants_reads bool
      16 plugins PluginInfo*
      17 concurrency_max uint32
    PluginInfo
      1 name string
      2 priority sint32
      3 version string
      4 phases string*
      5 schema bytes
      6 reads_request_body bool
    Draining
      1 reason string
    Ping
      1 token fixed64
    Start
      1 instance uint32
      2 plugin string
      3 config bytes
      4 phases uint32
    Started
      1 instance uint32
      2 conditions PhaseCondition*
      3 cache_key CacheKey
    StartFailed
      1 instance uint32
      2 message string
    Stop
      1 instance uint32
    PhaseCondition
      1 phases uint32
      2 condition Condition
    Condition
      1 all ConditionList?
      2 any ConditionList?
      3 not Condition?
      4 method_in StringList?
      5 path_in StringList?
      6 path_prefix StringList?
      7 header_present string?
      8 header_in NamedStrings?
      9 header_prefix NamedStrings?
      10 query_present string?
      11 route_in StringList?
      12 service_in StringList?
      13 consumer_in StringList?
      14 has_consumer bool?
      15 status StatusRange?
    ConditionList
      1 list Condition*
    StringList
      1 list string*
    NamedStrings
      1 name string
      2 list string*
    StatusRange
      1 first uint32
      2 last uint32
    CacheKey
      1 parts CachePart*
    CachePart
      1 kind enum:CachePart.Kind
      2 name string
    Entity
      1 number uint32
      2 kind enum:Entity.Kind
      3 json bytes
    Event
      1 phase uint32
      2 instances uint32*
      3 request uint32
      4 deadline_ms uint32
      5 id string
      6 method string
      7 target bytes
      8 http_version uint32
      9 scheme string
      10 host bytes
      11 port uint32
      12 headers bytes
      13 client_ip string
      14 client_port uint32
      15 forwarded_ip string
      16 forwarded_port uint32
      17 forwarded_scheme string
      18 forwarded_host bytes
      19 forwarded_request_port uint32
      20 route uint32
      21 service uint32
      22 consumer uint32
      23 credential uint32
      24 start_ms fixed64
      25 body_state enum:Event.Body
      26 body bytes
      27 shared bytes
      28 shared_is_partial bool
      32 status uint32
      33 response_headers bytes
      34 source enum:Event.Source
      35 service_status uint32
      36 response_body_state enum:Event.Body
      37 response_body bytes
      40 plugin string
      41 configs uint32*
    Call
      1 writes Write*
      2 method string
      3 args Value*
    Result
      1 value Value
      2 error string
    Done
      1 writes Write*
      2 ran uint32
      3 failure string
      4 keeps_context bool
      5 cache_ms uint32
      6 wants_body bool
      7 plugin_us uint32*
      8 reads string*
    Write
      1 op enum:Write.Op
      2 name bytes
      3 value bytes
      4 number uint32
      5 args Value*
    Value
      1 boolean bool?
      2 integer sint64?
      3 number double?
      4 text string?
      5 bytes bytes?
      6 list ValueList?
      7 map ValueMap?
    ValueList
      1 list Value*
    ValueMap
      1 entries MapEntry*
    MapEntry
      1 key string
      2 value Value
    Chunk
      1 data bytes
      2 is_last bool
    ChunkDone
      1 data bytes
      2 is_last bool
      3 is_unchanged bool
      4 writes Write*
      5 failure string
      6 reads string*
    Cancel
      1 reason enum:Cancel.Reason
      2 message string
    Forget
      1 requests uint32*
    LogLine
      1 level string
      2 message string
      3 plugin string
    Frame
      1 stream uint32
      2 type uint32
      3 message bytes
    """;

  /** Names of the values of each enum. */
  private static final String ENUMS =
      """
    CachePart.Kind KIND_UNKNOWN=0 METHOD=1 HOST=2 PATH=3 HEADER=4 QUERY=5 CLIENT_IP=6 ROUTE=7 SERVICE=8 CONSUMER=9
    Entity.Kind KIND_UNKNOWN=0 ROUTE=1 SERVICE=2 CONSUMER=3 CREDENTIAL=4
    Event.Body BODY_ASK=0 BODY_NONE=1 BODY_HERE=2
    Event.Source SOURCE_NONE=0 SERVICE=1 EXIT=2 ERROR=3
    Write.Op CALL=0 SERVICE_REQUEST_SET_HEADER=1 SERVICE_REQUEST_ADD_HEADER=2 SERVICE_REQUEST_CLEAR_HEADER=3 RESPONSE_SET_HEADER=4 RESPONSE_ADD_HEADER=5 RESPONSE_CLEAR_HEADER=6 RESPONSE_SET_STATUS=7 NEXT_INSTANCE=8
    Cancel.Reason REASON_UNKNOWN=0 DEADLINE=1 CLIENT_GONE=2 REFUSED=3 EXITED=4
    """;

  private static final Map<String, List<MessageField>> BY_NAME = messages();
  private static final Map<String, Map<String, Integer>> ENUM_BY_NAME = enums();

  private Messages() {}

  /** Fields of a message in the order of their numbers; null where it is not known. */
  static List<MessageField> fieldsOf(String message) {
    return BY_NAME.get(message);
  }

  /** Numbers of an enum's values by their names. */
  static Map<String, Integer> valuesOf(String name) {
    return ENUM_BY_NAME.get(name);
  }

  private static Map<String, List<MessageField>> messages() {
    Map<String, List<MessageField>> all = new LinkedHashMap<>();
    List<MessageField> fields = new ArrayList<>();
    for (String line : FIELDS.split("\n")) {
      String words = line.strip();
      if (words.isEmpty()) {
        continue;
      }
      if (words.indexOf(' ') < 0) {
        fields = new ArrayList<>();
        all.put(words, fields);
      } else {
        fields.add(MessageField.parse(words));
      }
    }
    return all;
  }

  private static Map<String, Map<String, Integer>> enums() {
    Map<String, Map<String, Integer>> all = new LinkedHashMap<>();
    for (String line : ENUMS.strip().split("\n")) {
      String[] words = line.strip().split(" ");
      Map<String, Integer> values = new LinkedHashMap<>();
      for (int i = 1; i < words.length; i++) {
        int equals = words[i].indexOf('=');
        values.put(words[i].substring(0, equals), Integer.decode(words[i].substring(equals + 1)));
      }
      all.put(words[0], values);
    }
    return all;
  }
}
