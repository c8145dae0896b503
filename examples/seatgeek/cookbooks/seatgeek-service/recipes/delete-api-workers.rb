seatgeek_circus 'api-workers' do
  action :delete
end

# Whatever api-workers alone depend upon goes, too.
directory '/data/shared' do
  recursive true
  action :delete
end
