name 'baker-services'
version '1.0.0'
description 'Looks up the services that a node needs, announces those that it provides, takes back those that it provides no more'
