# The plugin server's side of proto/dragoman/plugin.proto over gRPC, as much as an example needs.
#
# Everything that is known about the protocol comes from the .proto: generate.sh makes the messages and the service.
# A connection is one stream of frames. Each event runs in a thread of its own, so that one which waits for the gateway's
# answer stops no other; the gateway never sends more of them at a time than the Hello allows.
$LOAD_PATH.unshift File.expand_path("../../.cache/grpc-ruby", __dir__)
require "grpc"
require "dragoman/plugin_services_pb"

Wire = Dragoman::Plugin::V1
require_relative "plugin_request"

# The gateway wants no answer to an event any more.
class Cancelled < StandardError; end

# One worker of the gateway.
class Connection
  EVENTS_MAX = 32
  METHODS = { 0x20 => :access, 0x200 => :header_filter }.freeze

  def initialize(plugins)
    @plugins = plugins.to_h { |plugin| [plugin::NAME, plugin] }
    @instances = {}
    @results = {} # a queue for each stream that has an event
    @lock = Mutex.new
    @out = Queue.new
    send_frame(0, Wire::FrameType::HELLO, hello)
  end

  # Frames to send, as they come; the end of it ends the stream.
  def each_frame
    return enum_for(:each_frame) unless block_given?

    while (frame = @out.pop)
      yield frame
    end
  end

  def send_frame(stream, type, message)
    @out << Wire::Frame.new(stream: stream, type: type, message: message.class.encode(message))
  end

  # Reads what the gateway sends, to its end.
  def run(frames)
    frames.each { |frame| on_frame(frame) }
  rescue GRPC::BadStatus, GRPC::Core::CallError
    # the gateway is gone, and everything of this connection with it
  ensure
    @lock.synchronize { @results.each_value(&:close) }
    @out << nil
  end

  # A PDK function of the gateway, after `writes`. Its first result; nil where it gives none.
  def call(stream, writes, method, *args)
    send_frame(stream, Wire::FrameType::CALL, Wire::Call.new(writes: writes, method: method, args: args))
    result = @lock.synchronize { @results.fetch(stream) }.pop
    raise Cancelled if result.nil?

    value = result.value
    value && value.kind && value[value.kind.to_s]
  end

  def drain(reason)
    send_frame(0, Wire::FrameType::DRAINING, Wire::Draining.new(reason: reason))
  end

  private

  def hello
    Wire::Hello.new(
      protocol_versions: [1],
      software: "example in Ruby #{RUBY_VERSION}",
      pid: Process.pid,
      concurrency_max: EVENTS_MAX,
      plugins: @plugins.values.map do |plugin|
        Wire::PluginInfo.new(
          name: plugin::NAME, priority: plugin::PRIORITY, version: plugin::VERSION, phases: plugin::PHASES,
          schema: JSON.generate(plugin::SCHEMA), reads_request_body: plugin::READS_REQUEST_BODY
        )
      end
    )
  end

  # Types that are not named here say nothing that this server needs.
  def on_frame(frame)
    message = frame.message
    case frame.type
    when Wire::FrameType::START then start(Wire::Start.decode(message))
    when Wire::FrameType::STOP then @instances.delete(Wire::Stop.decode(message).instance)
    when Wire::FrameType::EVENT then begin_event(frame.stream, Wire::Event.decode(message))
    when Wire::FrameType::RESULT then queue_of(frame.stream)&.push(Wire::Result.decode(message))
    when Wire::FrameType::CANCEL then queue_of(frame.stream)&.close
    when Wire::FrameType::PING then send_frame(0, Wire::FrameType::PONG, Wire::Ping.decode(message))
    end
  end

  def queue_of(stream)
    @lock.synchronize { @results[stream] }
  end

  def start(message)
    number = message.instance
    plugin = @plugins.fetch(message.plugin)
    @instances[number] = plugin.new(JSON.parse(message.config))
    answer = Wire::Started.new(instance: number, conditions: plugin::CONDITIONS)
    send_frame(0, Wire::FrameType::STARTED, answer)
  rescue StandardError => e
    failed = Wire::StartFailed.new(instance: number, message: e.message)
    send_frame(0, Wire::FrameType::START_FAILED, failed)
  end

  def begin_event(stream, event)
    @lock.synchronize { @results[stream] = Queue.new }
    instances = event.instances.map { |number| @instances[number] }
    Thread.new { run_event(stream, event, instances) }
  end

  def run_event(stream, event, instances)
    request = PluginRequest.new(event, self, stream)
    ran = 0
    failure = nil
    begin
      instances.each do |instance|
        break if request.over?

        request.writes << Wire::Write.new(op: :NEXT_INSTANCE) if ran.positive?
        ran += 1
        instance.public_send(METHODS.fetch(event.phase), request)
      end
    rescue Cancelled
      return forget(stream)
    rescue StandardError => e
      failure = "#{e.class}: #{e.message}"
    end
    forget(stream)
    done = Wire::Done.new(writes: request.writes, ran: ran, failure: failure.to_s)
    send_frame(stream, Wire::FrameType::DONE, done)
  end

  def forget(stream)
    @lock.synchronize { @results.delete(stream) }
  end
end

class PluginServer < Wire::PluginServer::Service
  # Streams at a time: workers of the gateway, and the primary that asks what there is.
  CONNECTIONS_MAX = 32
  # How long events may take that are under way when the process is told to stop.
  DRAIN_SECONDS = 5

  def self.serve(socket, plugins)
    service = new(plugins)
    server = GRPC::RpcServer.new(pool_size: CONNECTIONS_MAX)
    server.add_http2_port("unix:#{socket}", :this_port_is_insecure)
    server.handle(service)
    signals = Queue.new
    %w[INT TERM].each { |name| trap(name) { signals << name } }
    Thread.new do
      signals.pop
      service.drain
      server.stop
    end
    server.run
  end

  def initialize(plugins)
    super()
    @plugins = plugins
    @connections = {}
    @lock = Mutex.new
  end

  def serve(frames)
    connection = Connection.new(@plugins)
    @lock.synchronize { @connections[connection] = true }
    Thread.new do
      connection.run(frames)
      @lock.synchronize { @connections.delete(connection) }
    end
    connection.each_frame
  end

  # The gateway closes a stream when nothing is under way on it any more.
  def drain
    @lock.synchronize { @connections.each_key { |one| one.drain("the process ends") } }
    until_at = Process.clock_gettime(Process::CLOCK_MONOTONIC) + DRAIN_SECONDS
    sleep 0.02 until @lock.synchronize { @connections.empty? } || Process.clock_gettime(Process::CLOCK_MONOTONIC) > until_at
  end
end
