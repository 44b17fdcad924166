; example.com. Every name server loads this file by itself: there are no transfers, and the serial number is computed
; from the records, so that servers with the same number hold the same zone. Rendered; a change here is overwritten.
$TTL 3600
@ 60 SOA ns-left hostmaster (
  1030659002 ; serial
  7200 ; refresh
  1800 ; retry
  1209600 ; expire
  60 ; negative answers
)
@ NS ns-left
@ NS ns-right
@ NS ns3
@ CAA 0 iodef "mailto:hostmaster@example.com"
ns-left 3600 A 192.0.2.20
ns-right 3600 A 198.51.100.20
ns3 3600 A 203.0.113.53
left.origin 300 A 192.0.2.20
right.origin 300 A 198.51.100.20
portal 60/5 DYNA metafo!edge
