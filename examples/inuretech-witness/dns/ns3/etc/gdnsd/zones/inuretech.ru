; inuretech.ru. Every name server loads this file by itself: there are no transfers, and the serial number is computed
; from the records, so that servers with the same number hold the same zone. Rendered; a change here is overwritten.
$TTL 3600
@ 60 SOA ns-msk hostmaster (
  3115172134 ; serial
  7200 ; refresh
  1800 ; retry
  1209600 ; expire
  60 ; negative answers
)
@ NS ns-msk
@ NS ns-spb
@ NS ns3
@ CAA 0 iodef "mailto:hostmaster@inuretech.ru"
ns-msk 3600 A 198.51.100.10
ns-spb 3600 A 203.0.113.10
ns3 3600 A 192.0.2.53
msk.origin 300 A 198.51.100.10
spb.origin 300 A 203.0.113.10
@ 30/5 DYNA metafo!edge
api 30/5 DYNA metafo!edge
www 30/5 DYNA metafo!edge
