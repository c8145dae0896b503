namespace Baker.Core.Tests.Resources;

internal static class Manifests
{
    /// <summary>Every kind of resource, each in several forms.</summary>
    public const string Whole = """
        {
          "__base__": {"region": "eu-west-1"},
          "__security_groups__": {
            "lb": {"description": "what the world reaches", "inbound": [{"port": 80, "from": ["0.0.0.0/0", "::/0"]}]},
            "web": {
              "inbound": [
                {"port": "8000-8010", "from": "balancer:www", "description": "requests"},
                {"port": 22, "from": ["10.0.0.0/8", "pl-0123456789abcdef0"]},
                {"protocol": "icmp", "from": "lb"},
                {"protocol": "all", "from": "self"}
              ],
              "outbound": [{"protocol": "all", "to": "0.0.0.0/0"}]
            }
          },
          "__topics__": {
            "ops": {"display_name": "Ops", "subscriptions": [{"email": "ops@example.com"}, {"https": "https://example.com/hook"}]},
            "client": {}
          },
          "__balancers__": {
            "www": {
              "security_groups": ["lb"],
              "health_check": {"path": "/__heartbeat__", "codes": "200,204", "interval": 10, "timeout": 5},
              "deregistration_delay": 30,
              "stickiness": {"type": "lb_cookie", "duration": 3600},
              "attributes": {"idle_timeout.timeout_seconds": 120},
              "port": 8000,
              "listeners": [
                {"port": 80, "protocol": "HTTP", "redirect": {"protocol": "HTTPS", "port": 443}},
                {
                  "port": 443, "protocol": "HTTPS", "forward": "www",
                  "certificates": ["arn:aws:acm:eu-west-1:123456789012:certificate/x"], "policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                  "rules": [
                    {"priority": 10, "host": "api.example.com", "path": ["/v1/*", "/v2/*"], "forward": {"api": 9, "www": 1}},
                    {"priority": 20, "path": "/down", "fixed": {"status": 503, "body": "down"}}
                  ]
                }
              ],
              "targets": {"api": {"port": 8010, "health_check": {"path": "/api"}, "alarms": {"hosts": {
                "metric": "HealthyHostCount", "threshold": 1, "comparison": "<", "actions": {"alarm": "ops"}
              }}}},
              "alarms": {"errors": {"metric": "HTTPCode_ELB_5XX_Count", "statistic": "Sum", "threshold": 1, "actions": {
                "alarm": ["ops", "client"], "ok": "ops", "insufficient_data": "arn:aws:sns:eu-west-1:123456789012:others"
              }}}
            },
            "lan": {"type": "network", "scheme": "internal", "listeners": [{"port": 5432, "protocol": "TCP"}], "port": 5432},
            "shared": {"existing": true, "listeners": [{"port": 443, "rules": [{"priority": 7, "host": "x.example.com", "forward": "api"}]}]}
          },
          "db": {"balancer": "lan", "autoscale": {}},
          "www": {
            "balancer": "www", "after": ["db"],
            "autoscale": {
              "node_max": 4,
              "policies": {
                "grow": {"type": "step", "steps": [{"from": 0, "to": 20, "change": 1}, {"from": 20, "change": 3}], "warmup": 60},
                "shrink": {"type": "simple", "change": -2, "cooldown": 300},
                "cpu": {"type": "target_tracking", "metric": "ASGAverageCPUUtilization", "target": 50.5},
                "requests": {"type": "target_tracking", "metric": "ALBRequestCountPerTarget", "target": 1000, "scale_in": false}
              },
              "schedules": {"night": {"recurrence": "0 20 * * *", "time_zone": "Europe/Berlin", "min": 0, "desired": 0}},
              "warm_pool": {"min": 1, "max_prepared": 2, "state": "stopped", "reuse": true}
            },
            "alarms": {
              "busy": {"metric": "CPUUtilization", "threshold": 40, "period": 300, "actions": {"alarm": ["grow", "ops"]}},
              "slow": {"namespace": "AWS/ApplicationELB", "metric": "TargetResponseTime", "statistic": "p99.5", "threshold": 0.5},
              "queue": {"namespace": "Acme", "metric": "Depth", "threshold": 9, "dimensions": {"Group": "{{environment}}/{{group}}"}}
            }
          },
          "api": {"balancer": ["www", "shared"], "after": "www", "autoscale": {}},
          "__environments__": {
            "staging": {
              "__topics__": {"ops": {}},
              "__balancers__": {"shared": null},
              "api": {"balancer": "www"}
            }
          }
        }
        """;
}
