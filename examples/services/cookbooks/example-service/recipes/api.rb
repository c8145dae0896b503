directory '/srv/api'

file '/srv/api/up' do
  content "up\n"
end

systemd_unit 'api.service' do
  content(
    Unit: { Description: 'The service api' },
    Service: { ExecStart: '/usr/bin/python3 -m http.server --directory /srv/api 8080', Restart: 'always' },
    Install: { WantedBy: 'multi-user.target' }
  )
  action %i[create enable start]
end
