"""From a workbook to submitted results: whose it is, what it says, saving it, sending it on."""
