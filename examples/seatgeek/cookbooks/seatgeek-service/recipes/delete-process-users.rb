seatgeek_circus 'process-users' do
  action :delete
end

directory '/var/tmp/process-users' do
  recursive true
  action :delete
end
