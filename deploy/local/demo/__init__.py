"""The population behind the published Southend figures, played through the gateway as its users would."""
