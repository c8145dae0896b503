seatgeek_circus 'ftp-processor' do
  action :delete
end
