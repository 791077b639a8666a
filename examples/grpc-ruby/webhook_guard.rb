# rb-webhook lets only those webhooks in whose body is signed with the secret of the configuration. See README.md.
#
# Usage: ruby webhook_guard.rb SOCKET
require "json"
require "openssl"
require_relative "plugin_server"

class WebhookGuard
  NAME = "rb-webhook".freeze
  VERSION = "1.0.0".freeze
  PRIORITY = 1100
  PHASES = %w[access header_filter].freeze
  READS_REQUEST_BODY = true
  SCHEMA = {
    name: NAME,
    fields: [
      { config: { type: "record", fields: [
        { secret: { type: "string", required: true, len_min: 8, encrypted: true } },
        { header: { type: "string", default: "x-hub-signature-256" } }
      ] } }
    ]
  }.freeze

  # Asked in the gateway: other requests never come here, and cost nothing.
  CONDITIONS = [
    Wire::PhaseCondition.new(
      phases: Wire::Phase::ACCESS,
      condition: Wire::Condition.new(method_in: Wire::StringList.new(list: %w[POST PUT PATCH]))
    )
  ].freeze

  def initialize(config)
    @secret = config.fetch("secret")
    @header = config.fetch("header")
  end

  def access(request)
    wanted = "sha256=#{OpenSSL::HMAC.hexdigest('SHA256', @secret, request.body)}"
    given = request.header(@header) || ""
    unless OpenSSL.secure_compare(wanted, given)
      request.log("warn", "a webhook with a wrong signature, #{request.body.bytesize} bytes")
      return request.exit(401, { message: "the signature is wrong" })
    end
    request.clear_service_header(@header)
    request.set_service_header("x-webhook-bytes", request.body.bytesize.to_s)
  end

  def header_filter(request)
    request.set_header("x-guarded-by", "ruby #{RUBY_VERSION[/\d+/]}")
  end
end

PluginServer.serve(ARGV.fetch(0), [WebhookGuard]) if $PROGRAM_NAME == __FILE__
