"""What may be done to accounts: colleagues and roles, invitations, emergencies, sign-ins."""
