# One event as a plugin sees it: reads are answered from the snapshot, writes are kept for Done.

class PluginRequest
  attr_reader :writes

  def initialize(event, connection, stream)
    @event = event
    @connection = connection
    @stream = stream
    @writes = []
    @is_over = false
  end

  # kong.response.exit was called: what the plugin writes now is not wanted any more.
  def over?
    @is_over
  end

  # The first value of a request header; nil where there is none.
  def header(name)
    @headers ||= @event.headers.split("\r\n").map { |line| line.split(": ", 2) }
    @headers.find { |one, _| one.casecmp?(name) }&.last
  end

  # The request's body. The gateway is asked for one that had not arrived when the event was sent.
  def body
    @body ||=
      case @event.body_state
      when :BODY_HERE then @event.body
      when :BODY_NONE then ""
      else @connection.call(@stream, take_writes, "kong.request.get_raw_body")
      end
  end

  def set_service_header(name, value)
    write(op: :SERVICE_REQUEST_SET_HEADER, name: name, value: value)
  end

  def clear_service_header(name)
    write(op: :SERVICE_REQUEST_CLEAR_HEADER, name: name)
  end

  def set_header(name, value)
    write(op: :RESPONSE_SET_HEADER, name: name, value: value)
  end

  # Answers the client; the request goes no further.
  def exit(status, content)
    type = Wire::MapEntry.new(key: "content-type", value: Wire::Value.new(text: "application/json"))
    write(op: :CALL, name: "kong.response.exit", args: [
      Wire::Value.new(integer: status),
      Wire::Value.new(text: JSON.generate(content)),
      Wire::Value.new(map: Wire::ValueMap.new(entries: [type]))
    ])
    @is_over = true
  end

  # A line in the gateway's log, with the id of this request.
  def log(level, message)
    line = Wire::LogLine.new(level: level, message: message)
    @connection.send_frame(@stream, Wire::FrameType::LOG, line)
  end

  private

  def write(**fields)
    @writes << Wire::Write.new(**fields) unless @is_over
  end

  # What was written before a call is done before it.
  def take_writes
    taken = @writes
    @writes = []
    taken
  end
end
