seatgeek_circus 'ftp-listener' do
  action :delete
end
