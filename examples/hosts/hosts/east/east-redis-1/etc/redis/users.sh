# write_users FILE: the file of users with the digest of each password, never the password.
write_users() {
  echo "user default off"
  while read -r user rules; do
    secret=$(password "$user") || exit 1
    digest=$(printf '%s' "$secret" | sha256sum | cut -d ' ' -f 1)
    printf 'user %s on #%s %s\n' "$user" "$digest" "$rules"
  done < "$1"
}
