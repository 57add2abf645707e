#!/bin/sh
# Makes the demo's files from the publishers' own. Every correction is a line below; NOTICE.md tells them.
#   sh make.sh DIRECTORY_WITH_maven_crm_AND_rfm
set -eu
from=$1
here=$(dirname "$0")

# CRLF becomes LF.
unix() { tr -d '\r' < "$1"; }
# The same bytes whenever it is made.
pack() { gzip -9n > "$here/$1.csv.gz"; }

# Organizations. Revenue is in millions of US dollars there, in dollars here.
unix "$from/maven_crm/accounts.csv" | awk -F, -v OFS=, '
BEGIN {
    code["Belgium"] = "BE"; code["Brazil"] = "BR"; code["China"] = "CN"; code["Germany"] = "DE"
    code["Italy"] = "IT"; code["Japan"] = "JP"; code["Jordan"] = "JO"; code["Kenya"] = "KE"
    code["Korea"] = "KR"; code["Norway"] = "NO"; code["Panama"] = "PA"; code["Philipines"] = "PH"
    code["Poland"] = "PL"; code["Romania"] = "RO"; code["United States"] = "US"
    print "externalId", "name", "industry", "foundedIn", "annualRevenue", "employees", "country", "parentExternalId"
}
NR > 1 {
    if (!($6 in code)) { print "no code for " $6 > "/dev/stderr"; exit 1 }
    if ($2 == "technolgy") $2 = "technology"
    print $1, $1, $2, $3, sprintf("%.0f", $4 * 1000000), $5, code[$6], $7
}' | pack organizations

# Products. They have no number of their own: it is made of the name.
unix "$from/maven_crm/products.csv" | awk -F, -v OFS=, '
NR == 1 { print "sku", "name", "category", "price" }
NR > 1 { sku = toupper($1); gsub(" ", "-", sku); print sku, $1, $2, $3 }' | pack products

# Orders: the opportunities that were won.
unix "$from/maven_crm/sales_pipeline.csv" | awk -F, -v OFS=, '
BEGIN { print "externalId", "customerExternalId", "ownerEmail", "productSku", "orderedOn", "total" }
NR > 1 && $5 == "Won" {
    if ($3 == "GTXPro") $3 = "GTX Pro"
    sku = toupper($3); gsub(" ", "-", sku)
    mail = tolower($2) "@demo.example"; gsub(" ", ".", mail)
    print $1, $4, mail, sku, $7, $8
}' | pack orders

# All opportunities, as they are.
unix "$from/maven_crm/sales_pipeline.csv" | pack sales_pipeline

# Who sells, for whom, where.
unix "$from/maven_crm/sales_teams.csv" | pack teams

# Retail orders, as they are.
unix "$from/rfm/rfm_data_orders.csv" | pack retail_orders
