systemd_unit 'web.service' do
  action %i[stop disable delete]
end

directory '/srv/web' do
  recursive true
  action :delete
end
