systemd_unit 'api.service' do
  action %i[stop disable delete]
end

directory '/srv/api' do
  recursive true
  action :delete
end
