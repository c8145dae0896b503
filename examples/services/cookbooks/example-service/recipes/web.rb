directory '/srv/web'

# An image knows no nodes: the attribute is there on nodes alone.
file '/srv/web/upstreams' do
  content((node.read('services', 'api') || []).map { |api| "#{api['address']}:#{api['port']}\n" }.join)
end

systemd_unit 'web.service' do
  content(
    Unit: { Description: 'The service web' },
    Service: { ExecStart: '/usr/bin/python3 -m http.server --directory /srv/web 80', Restart: 'always' },
    Install: { WantedBy: 'multi-user.target' }
  )
  action %i[create enable start]
end
